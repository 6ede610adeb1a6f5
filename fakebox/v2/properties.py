"""Custom properties in arguments. No template of properties exists, so none can be used.

Source: the published specification, file_properties.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from fakebox.v2.schema import Length, Struct, Tagged, Text
from fakebox.v2.tagged_errors import TaggedError, tagged_error

TemplateId: TypeAlias = Annotated[str, Text("(/|ptid:).*", min_length=1)]
TemplateFilterBase: TypeAlias = Tagged[
    Literal["filter_some"], Annotated[tuple[TemplateId, ...], Length(1)]
]


class PropertyField(Struct):
    """A property."""

    name: str
    value: str


class PropertyGroup(Struct):
    """Properties of a template."""

    template_id: TemplateId
    fields: tuple[PropertyField, ...]


def check_property_groups(groups: tuple[PropertyGroup, ...] | None) -> None:
    """Check that a write adds no properties.

    Raises:
        TaggedError: it does; the template is unknown.
    """
    if groups:
        raise _template_not_found("properties_error", groups[0].template_id)


def check_template_filter(
    template_filter: Tagged[Literal["filter_some"], tuple[str, ...]] | None,
) -> None:
    """Check that a listing shows no properties.

    Raises:
        TaggedError: it does; the template is unknown.
    """
    if template_filter:
        raise _template_not_found("template_error", template_filter.value[0])


def _template_not_found(tag: str, template_id: str) -> TaggedError:
    return tagged_error(tag, "template_not_found", template_not_found=template_id)
