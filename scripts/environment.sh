#!/usr/bin/env bash
# this machine -> .venv: Scotoma, editable, with every dependency at the version of constraints.txt.
#
#   PYTHON  interpreter to use (default: python3)
#   TORCH   requirement for torch (default: its CPU build where there is no NVIDIA GPU), e.g. TORCH=torch==2.13.0
#
# A second run changes nothing. On a machine without a GPU it never downloads a CUDA build by itself.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
torch_version=2.13.0
cpu_index=https://download.pytorch.org/whl/cpu
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf 'set-up: %s\n' "$*"; }
fail() { printf 'set-up: %s\n' "$*" >&2; exit 1; }

check_python() {
    command -v "$python" >/dev/null ||
        fail "no $python on this machine: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.11 ..."
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed and $python is $("$python" -V 2>&1): name another: make PYTHON=python3.11 ..."
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            say "installing python3-venv by apt-get"
            { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } \
                >/dev/null 2>&1 || fail "apt-get could not install python3-venv: install it, then try again"
        fi
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            fail "$python cannot make environments: install python3-venv (Debian: apt-get install python3-venv), then try again"
    fi
}

make_venv() {
    if ! .venv/bin/python -c '' 2>/dev/null; then
        say "making .venv with $("$python" -V)"
        rm -rf .venv
        "$python" -m venv .venv
    fi
}

# -qq: pip says nothing but errors.
pip_install() { .venv/bin/python -m pip install -qq --constraint constraints.txt "$@"; }

has_gpu() { [ -e /proc/driver/nvidia ] || command -v nvidia-smi >/dev/null; }

install_torch() {
    .venv/bin/python -c "import importlib.metadata as m, sys
sys.exit(m.version('torch').split('+')[0] != '$torch_version')" 2>/dev/null && return
    if [ -n "${TORCH:-}" ]; then
        say "installing $TORCH"
        pip_install "$TORCH"
    elif has_gpu || [ "$(uname -s)" != Linux ]; then
        say "installing torch $torch_version"
        pip_install "torch==$torch_version"
    else
        say "installing torch $torch_version for the CPU (no NVIDIA GPU here)"
        pip_install "torch==$torch_version+cpu" 2>.venv/torch.log && return
        say "the configured package sources have no CPU build: asking $cpu_index"
        pip_install --extra-index-url "$cpu_index" --timeout 15 --retries 1 "torch==$torch_version+cpu" \
            2>>.venv/torch.log && return
        # The plain wheel for x86-64 is the CUDA build: some 5 GB with what it needs, of no use here.
        [ "$(uname -m)" = x86_64 ] &&
            fail "no CPU build of torch $torch_version found, and the plain one brings CUDA (5 GB) to a machine without a GPU:" \
                "put the CPU wheel into a folder and run PIP_FIND_LINKS=FOLDER make ..., or take CUDA: TORCH=torch==$torch_version make ..." \
                "(pip said: $(tail -n 1 .venv/torch.log))"
        say "not found there either: taking the plain build, which is for the CPU on $(uname -m)"
        pip_install "torch==$torch_version"
    fi
}

check_torch() {
    if [ -z "${TORCH:-}" ] && ! has_gpu && ! .venv/bin/python -W ignore -c 'import sys, torch; sys.exit(torch.version.cuda is not None)'; then
        fail "torch in .venv is a CUDA build or broken, and this machine has no GPU: remove .venv and try again"
    fi
}

check_python
make_venv
install_torch
check_torch
say "installing Scotoma and what it needs (the first time about 1.5 GB, a minute or two)"
pip_install --editable '.[dev]'
say "done"
