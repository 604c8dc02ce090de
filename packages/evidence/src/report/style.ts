import { truncateText } from '@keyferry/core';
import type { EvidenceDrill } from '../drill-evidence.ts';

/** How a report looks: on a screen as on A4, in grey as in colour. */
export function reportStyle({ id, name }: Pick<EvidenceDrill, 'id' | 'name'>): string {
  return `
  @page {
    size: A4; margin: 21mm 16mm 18mm;
    @top-left { content: "Disaster-recovery drill · evidence"; font: 8pt ${sans}; color: #5c6675 }
    @top-right { content: ${cssText(truncateText(name, 60))}; font: 8pt ${sans}; color: #5c6675 }
    @bottom-left { content: "Drill ${cssSafe(id)}"; font: 8pt ${sans}; color: #5c6675 }
    @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 8pt ${sans}; color: #5c6675 }
  }
  @page :first { @top-left { content: none } @top-right { content: none } }
  * { box-sizing: border-box }
  body { font: 10pt/1.45 ${sans}; color: #1a2230; background: #fff; max-width: 190mm; margin: 12mm auto; padding: 0 6mm;
    -webkit-print-color-adjust: exact; print-color-adjust: exact; font-variant-numeric: tabular-nums }
  .eyebrow { font-size: 8.5pt; letter-spacing: .09em; text-transform: uppercase; color: #5c6675; margin: 0 }
  h1 { font: 600 21pt/1.2 ${serif}; color: #12284b; margin: 1mm 0 2mm; overflow-wrap: anywhere }
  h2 { font: 600 13pt/1.25 ${serif}; color: #12284b; margin: 8mm 0 2mm; padding-bottom: 1mm; border-bottom: .4mm solid #12284b; break-after: avoid }
  h3 { font-size: 10pt; margin: 4mm 0 1mm; break-after: avoid }
  p { margin: 0 0 2mm; overflow-wrap: anywhere } .lead { font-size: 10.5pt } .note, .muted { color: #5c6675 } .note { font-size: 8.5pt }
  .verdict { display: flex; gap: 5mm; align-items: baseline; border-left: 1.6mm solid; padding: 2.5mm 4mm; margin: 4mm 0; break-inside: avoid }
  .verdict strong { font: 600 14pt/1.2 ${serif}; white-space: nowrap }
  .verdict.good { border-color: #1d7a46; background: #eef7f1 } .verdict.good strong { color: #145c34 }
  .verdict.warn { border-color: #b27300; background: #fdf6e7 } .verdict.warn strong { color: #7d5200 }
  .verdict.bad { border-color: #ad2a26; background: #fcf0ef } .verdict.bad strong { color: #8c1f1c }
  .tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 3mm; margin: 4mm 0; break-inside: avoid }
  .tile { border: .25mm solid #cfd6e0; border-top: .9mm solid #12284b; padding: 2mm 3mm }
  .tile.good { border-top-color: #1d7a46 } .tile.bad { border-top-color: #ad2a26 } .tile.warn { border-top-color: #b27300 }
  .tile b { display: block; font: 600 15pt/1.25 ${serif} } .tile span { display: block; font-size: 8pt; color: #5c6675 }
  dl { display: grid; grid-template-columns: 38mm 1fr; margin: 2mm 0; font-size: 9pt } dl.facts > * { padding: .9mm 0; border-bottom: .2mm solid #e3e8ef }
  dt { color: #5c6675 } dd { margin: 0; overflow-wrap: anywhere }
  table { border-collapse: collapse; width: 100%; font-size: 8.5pt; margin: 1mm 0 3mm }
  thead { display: table-header-group } tr { break-inside: avoid }
  th { text-align: left; font-weight: 600; color: #12284b; background: #f0f3f8; border-bottom: .3mm solid #9aa8bd }
  th, td { padding: 1.1mm 1.6mm; vertical-align: top } td { border-bottom: .2mm solid #e3e8ef; overflow-wrap: anywhere }
  td.number, th.number { text-align: right; white-space: nowrap } td.whole { white-space: nowrap } tr.total td { font-weight: 600; border-top: .3mm solid #9aa8bd }
  code, .mono { font: 8pt/1.4 ${mono}; overflow-wrap: anywhere }
  .mark { font-weight: 600; white-space: nowrap } .mark.good { color: #145c34 } .mark.bad { color: #8c1f1c } .mark.warn { color: #7d5200 }
  table.matrix { width: auto; min-width: 60% } table.matrix td, table.matrix th { padding: .5mm 1mm }
  table.matrix th.region { font-size: 7.5pt; text-align: center; white-space: nowrap } table.matrix td.key { font-size: 7.5pt; max-width: 96mm }
  td.cell { text-align: center; font: 600 8pt/1.3 ${mono}; border: .25mm solid #fff; min-width: 9mm }
  .cell.good { background: #cfe9d9; color: #0f4a29 } .cell.warn { background: #fbe3a9; color: #5e3d00 }
  .cell.bad { background: #f4b9b4; color: #6d1411 } .cell.unknown { background: #d5d9e0; color: #2b3442; text-decoration: underline }
  .legend { display: flex; flex-wrap: wrap; gap: 1mm 4mm; font-size: 8pt; color: #3c4656; margin: 1mm 0 2mm }
  .legend i { font: 600 8pt ${mono}; font-style: normal; padding: 0 1.2mm; margin-right: 1mm }
  .timeline { width: 100%; height: auto; break-inside: avoid } .timeline text { font: 9px ${sans}; fill: #3c4656 }
  .timeline .label, .timeline .endmost { text-anchor: end } .timeline .small { font-size: 8px; fill: #5c6675 } .timeline .mid { text-anchor: middle }
  .timeline .grid { stroke: #e3e8ef; stroke-width: .7 } .timeline .tick { stroke: #7b8798; stroke-width: .8 }
  .timeline .bar { fill: #7b8798 } .timeline .bar.succeeded { fill: #1d7a46 } .timeline .bar.failed, .timeline .bar.aborted { fill: #ad2a26 } .timeline .bar.skipped { fill: #b8c0cc }
  .timeline .reached { fill: #c9d9ef; stroke: #12284b; stroke-width: 1.2 } .timeline .usable { fill: none; stroke: #5a7fb4; stroke-width: 1.4 } .timeline .target { stroke: #ad2a26; stroke-width: 1; stroke-dasharray: 4 3 } .timeline .goal { fill: #8c1f1c }
  .timeline .approve { fill: #1d7a46 } .timeline .reject { fill: #ad2a26 }
  pre { font: 8pt/1.5 ${mono}; background: #f6f8fb; border: .2mm solid #e3e8ef; padding: 2mm 3mm; white-space: pre-wrap; overflow-wrap: anywhere; break-inside: avoid }
  .rehearsal { border: .4mm dashed #12284b; padding: 2mm 4mm; margin: 3mm 0 }
  @media print { body { max-width: none; margin: 0; padding: 0 } }`;
}

const sans = '"Helvetica Neue", Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif';
const serif = 'Georgia, "Times New Roman", "Liberation Serif", "DejaVu Serif", serif';
const mono = '"SFMono-Regular", Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace';

/** A text as a CSS string that ends neither the string nor the style element. */
const cssText = (text: string): string =>
  `"${text.replaceAll(/[^ A-Za-z0-9.,_()\u00a0-\uffff-]/g, (character) => `\\${(character.codePointAt(0) ?? 63).toString(16)} `)}"`;
const cssSafe = (text: string): string => text.replaceAll(/[^A-Za-z0-9-]/g, '');
