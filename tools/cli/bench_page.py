"""The page of ./hinge bench --html: the table with bars, in one file that needs nothing else. Bars are plain SVG: one for
each system, cut by side; the reference is the line at 1."""
import html

from bench_columns import Cost, SIDES
from bench_table import RATIOS, RATIOS_TEXT, described, heads, shown, with_commas

WIDTH, BAR, GAP, LABEL = 900, 14, 3, 70
MOST = 3.0  # Ratios beyond are cut off, and say so.
COLOURS = {"user": "#9aa5b1", "kernel": "#d1495b", "kernel_service": "#edae49", "user_service": "#00798c"}
NAMES = {"user": "program", "kernel": "nucleus, or Linux' kernel", "kernel_service": "services in the kernel", "user_service": "services in domains of their own"}

STYLE = """body{font:14px/1.4 system-ui,sans-serif;margin:2em auto;max-width:1100px;padding:0 1em;color:#222}
h2{margin:1.6em 0 .2em;font-size:1em}table{border-collapse:collapse;font-size:12px;font-variant-numeric:tabular-nums}
td,th{padding:1px 6px;text-align:right;border-bottom:1px solid #eee}td:first-child,td:nth-child(2),th:first-child,th:nth-child(2){text-align:left}
.key span{display:inline-block;width:1em;height:1em;vertical-align:-2px;margin:0 .3em 0 1em}svg text{font:11px system-ui,sans-serif}"""


def rectangle(x, y, width, colour):
    return f'<rect x="{x:.1f}" y="{y}" width="{max(width, 0):.1f}" height="{BAR}" fill="{colour}"/>'


def bars(cells, ratios):
    """cells: [(system, Cost or a reason)], the reference first; bars are as long as the ratio to it."""
    scale = (WIDTH - LABEL - 160) / MOST
    reference = next((cell.instructions for _, cell in cells[:1] if isinstance(cell, Cost)), None)
    parts = []
    for i, ((system, cell), ratio) in enumerate(zip(cells, ratios)):
        y = i * (BAR + GAP)
        parts.append(f'<text x="0" y="{y + BAR - 3}">{html.escape(system)}</text>')
        if not isinstance(cell, Cost):
            parts.append(f'<text x="{LABEL}" y="{y + BAR - 3}" fill="#999">{html.escape(cell)}</text>')
            continue
        unit = scale / (reference or max(c.instructions for _, c in cells if isinstance(c, Cost)))
        x, end = LABEL, LABEL + MOST * scale
        for side in SIDES:
            width = cell[side] * unit
            parts.append(rectangle(x, y, min(width, end - x), COLOURS[side]))
            x = min(x + width, end)
        note = f"{cell.instructions:,.0f}" + (f"  ({shown(ratio)})" if ratio is not None else "")
        parts.append(f'<text x="{x + 5:.1f}" y="{y + BAR - 3}">{"… " if x >= end else ""}{note}</text>')
    height = len(cells) * (BAR + GAP)
    if reference:
        parts.append(f'<line x1="{LABEL + scale}" x2="{LABEL + scale}" y1="0" y2="{height}" stroke="#222" stroke-dasharray="2 2"/>')
    return f'<svg width="{WIDTH}" height="{height}" role="img">{"".join(parts)}</svg>'


def detail(table):
    yield "<table><tr>" + "".join(f"<th>{head}</th>" for head in ["row", "system", *heads(), *RATIOS]) + "</tr>"
    for row, system, numbers, reason, ratios in table.lines():
        cells = [with_commas(number) for number in numbers] if numbers else [html.escape(reason)] + [""] * (len(heads()) - 1)
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in [row.title, system, *cells, *map(shown, ratios)]) + "</tr>"
    yield "</table>"


def page(table):
    out = ['<!doctype html><html lang="en"><meta charset="utf-8"><title>Hinge: instructions per operation</title>', f"<style>{STYLE}</style>",
           "<h1>Instructions per operation</h1>", "<p>" + "<br>".join(html.escape(line) for line in table.versions) + "</p>",
           '<p class="key">' + "".join(f'<span style="background:{COLOURS[side]}"></span>{NAMES[side]}' for side in SIDES) + "</p>"]
    for set_name, system, ratios, count in table.means():
        out.append(f"<p>Geometric mean, {set_name}: {system} / {table.systems[0]} = <b>{described(ratios)}</b> ({count} rows)</p>")
    for row in table.rows:
        cells = [(system, table.cell(row, system)) for system in table.systems]
        out.append(f"<h2>{html.escape(row.title)}</h2>" + bars(cells, [table.ratio(row, system, lambda c: c.instructions) for system in table.systems]))
    out += ["<h2>All columns</h2>", f"<p>{RATIOS_TEXT}</p>", *detail(table), "</html>"]
    return "\n".join(out)
