#!/usr/bin/env bash
# Debian packages that the renderer needs and pip cannot bring: EGL and Mesa. Installs them only if a context fails.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(libegl1 libgl1 libgl1-mesa-dri)

can_render() {
    .venv/bin/python -c 'import moderngl; moderngl.create_context(standalone=True, require=330, backend="egl").release()' \
        >/dev/null 2>&1
}
say() { printf 'set-up: %s\n' "$*"; }
fail() { printf 'set-up: %s\n' "$*" >&2; exit 1; }

can_render && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    fail "the renderer needs EGL and Mesa: as root, apt-get install -y ${packages[*]} (or your system's like), then try again"
fi
say "installing ${packages[*]} by apt-get (for rendering without a screen)"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"; } \
    >"$log" 2>&1 || { tail -n 5 "$log" >&2; fail "apt-get could not install ${packages[*]}: install them, then try again"; }
can_render || fail "${packages[*]} are installed, but no OpenGL 3.3 context can be made with EGL: see docs/README.md"
