"""Names for annotations that older versions of Python do not have.

The distribution does not require `typing_extensions`, so at run time a name that is missing is
replaced. Annotations are evaluated by `typing.get_type_hints` only.
"""

from __future__ import annotations

import collections.abc
import typing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer, Self
else:
    Buffer = getattr(collections.abc, "Buffer", typing.Any)
    Self = getattr(typing, "Self", typing.Any)

__all__ = ["Buffer", "Self"]
