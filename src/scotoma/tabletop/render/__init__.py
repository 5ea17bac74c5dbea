"""Scene -> pixels and completed Scene: OpenGL (EGL) passes, exact visibility."""

from scotoma.tabletop.render.renderer import Rendered, Renderer

__all__ = ["Rendered", "Renderer"]
