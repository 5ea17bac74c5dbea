"""Every error that Scotoma raises on purpose. The CLI turns each into one line and exit code 2.

ScotomaError
 ├─ SpecError      a SPEC or IMAGES string, or a config file, that cannot be understood
 ├─ ImagesError    an image source that is missing, empty or unreadable
 ├─ AssetError     a shipped asset that is missing or unknown
 ├─ RenderError    no OpenGL context could be had
 ├─ LedgerError    a run folder that cannot be written, or that is not a run
 ├─ ModelError     a model that cannot be loaded or called
 ├─ CallFailed     one call of a model that failed: tried again, then an unscorable reply; it leaves no stage
 └─ BudgetSpent    a budget (calls, tokens, dollars, minutes) ran out: not a fault, the run ends in order
"""


class ScotomaError(Exception):
    """Base of all errors that carry a message meant for the user: what is wrong, and what to do."""


class SpecError(ScotomaError):
    """A SPEC, an IMAGES string or a configuration that cannot be understood."""


class ImagesError(ScotomaError):
    """An image source that is missing, empty or unreadable."""


class AssetError(ScotomaError):
    """A shipped asset (mesh, mini model, prompt) that is missing or unknown."""


class RenderError(ScotomaError):
    """The renderer could not get an OpenGL context, or a scene cannot be drawn."""


class LedgerError(ScotomaError):
    """A run folder that cannot be written or read, or that holds something else than a run."""


class ModelError(ScotomaError):
    """A model that cannot be loaded, reached or understood."""


class CallFailed(ScotomaError):
    """One call failed, for a reason in one line.

    transient:     trying again may help.
    retry_after_s: how long the server asked to wait, seconds; None if it did not say.
    billed:        the server may have done the work, and may bill it, although nothing usable came back.
    unreachable:   no connection was made: there may be no server.
    """

    def __init__(
        self,
        reason: str,
        *,
        transient: bool,
        retry_after_s: float | None = None,
        billed: bool = False,
        unreachable: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.transient = transient
        self.retry_after_s = retry_after_s
        self.billed = billed
        self.unreachable = unreachable


class BudgetSpent(ScotomaError):
    """A budget ran out. The run stops in order and can be resumed with a larger one."""
