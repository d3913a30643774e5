"""What a process has loaded when its work begins."""

import gc


def leave_out_of_collection() -> None:
    """Let the garbage collector pass over what is loaded by now: it stays to the end.

    Whoever judges many patients makes enough objects to have everything looked through every few
    thousand of them, and five of six objects then are modules, types and routes.
    """
    gc.freeze()
