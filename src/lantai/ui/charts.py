"""Charts drawn on the server: one idea each, direct labels, the same numbers in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        label: what it counts, such as ``1958``.
        value: how many.
        url: where the records behind the figure are.
        chosen: whether the reader's present choice includes it.
    """

    label: str
    value: int
    url: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A bar with its place in a drawing 100 high; ``x`` and ``width`` share the chart's width."""

    bar: Bar
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class BarChart:
    """A column chart for ``ui/components/bars.html``.

    Attributes:
        title: the one idea, as a sentence; also what a screen reader hears.
        bars: in the order they are drawn.
        unit: what is counted, such as ``件``.
        axis: what the labels are, such as ``年``; heads the table's first column.
    """

    title: str
    bars: Sequence[Bar]
    unit: str = "件"
    axis: str = ""

    WIDTH = 240.0
    HEIGHT = 64.0

    @property
    def drawn(self) -> list[DrawnBar]:
        """The bars' geometry. A bar that counts anything is at least one unit high."""
        top = max((bar.value for bar in self.bars), default=0) or 1
        step = self.WIDTH / max(len(self.bars), 1)
        gap = min(step * 0.25, 3.0)
        drawn = []
        for index, bar in enumerate(self.bars):
            height = max(self.HEIGHT * bar.value / top, 1.0 if bar.value else 0.0)
            drawn.append(
                DrawnBar(
                    bar,
                    round(index * step, 2),
                    round(self.HEIGHT - height, 2),
                    round(step - gap, 2),
                    round(height, 2),
                )
            )
        return drawn

    @property
    def columns(self) -> SafeString:
        """The bars as SVG, each with what it says in words."""
        unit = escape(self.unit)
        return mark_safe(  # noqa: S308 - what is not a number is escaped
            "".join(
                f'<rect class="{"chosen" if drawn.bar.chosen else ""}" x="{drawn.x}" y="{drawn.y}" '
                f'width="{drawn.width}" height="{drawn.height}">'
                f"<title>{escape(drawn.bar.label)}：{drawn.bar.value:,} {unit}</title></rect>"
                for drawn in self.drawn
            )
        )

    @property
    def rows(self) -> SafeString:
        """The same numbers as rows of a table."""
        return mark_safe(  # noqa: S308 - what is not a number is escaped
            "".join(f'<tr><td>{_linked(bar)}</td><td class="n">{bar.value:,}</td></tr>' for bar in self.bars)
        )

    @property
    def view_box(self) -> str:
        """The drawing's coordinate system."""
        return f"0 0 {self.WIDTH:g} {self.HEIGHT:g}"

    @property
    def summary(self) -> str:
        """The peak in words."""
        if not any(bar.value for bar in self.bars):
            return gettext("还没有可以计数的内容。")
        peak = max(self.bars, key=lambda bar: bar.value)
        return gettext("%(label)s 最多，%(value)s %(unit)s") % {
            "label": peak.label,
            "value": f"{peak.value:,}",
            "unit": self.unit,
        }


def _linked(bar: Bar) -> str:
    label = escape(bar.label)
    return f'<a href="{escape(bar.url)}">{label}</a>' if bar.url else label
