extension ReportPage {
  /// Colours are given once for light and once for dark; paper is always light. No `<` and no `&`
  /// in it, so that the page is XML as well.
  static let sheet: StaticString = """
    :root {
      color-scheme: light dark;
      --page: #f4f5f7; --card: #fff; --ink: #1b2330; --soft: #5c6675; --line: #dfe3e9;
      --well: #f1f3f6;
      --good: #17703f; --good-tint: #e4f4ea; --busy: #1f5bb5; --busy-tint: #e5eefb;
      --wait: #8a5200; --wait-tint: #fdf0d9; --stop: #b3261e; --stop-tint: #fce9e7;
      --calm: #5c6675; --calm-tint: #eceff3;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --page: #11151b; --card: #1a2029; --ink: #e7ebf1; --soft: #9aa6b6; --line: #2d3643;
        --well: #12171e;
        --good: #6fd39a; --good-tint: #14301f; --busy: #8ab6f9; --busy-tint: #16294a;
        --wait: #f0b860; --wait-tint: #362708; --stop: #ff938a; --stop-tint: #38191a;
        --calm: #9aa6b6; --calm-tint: #262e39;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--page); color: var(--ink);
      font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans",
        sans-serif;
      overflow-wrap: anywhere; -webkit-text-size-adjust: 100%;
    }
    main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem 3rem; }
    h1, h2, h3, p, ol, ul, dl, dd, pre { margin: 0; padding: 0; }
    h1 { font-size: 2.1rem; line-height: 1.15; font-weight: 650; letter-spacing: -.02em; }
    h2 { font-size: 1.05rem; font-weight: 650; margin: 2.25rem .25rem .75rem; }
    h3 { font-size: 1.05rem; font-weight: 650; }
    code, pre, .mono {
      font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono",
        monospace;
      font-size: .86em;
    }
    h3.mono { font-size: .98rem; }
    code { color: var(--soft); background: var(--well); border-radius: 5px; padding: .12em .4em; }
    .good { --tone: var(--good); --tint: var(--good-tint); }
    .busy { --tone: var(--busy); --tint: var(--busy-tint); }
    .wait { --tone: var(--wait); --tint: var(--wait-tint); }
    .stop { --tone: var(--stop); --tint: var(--stop-tint); }
    .calm { --tone: var(--calm); --tint: var(--calm-tint); }
    .banner {
      background: var(--tint); border-radius: 18px; padding: 1.6rem 1.6rem 1.7rem;
      print-color-adjust: exact; -webkit-print-color-adjust: exact;
    }
    .state, .verdict {
      display: inline-flex; align-items: center; gap: .5em; color: var(--tone); font-weight: 650;
    }
    .state { font-size: 1rem; margin-bottom: .55rem; }
    .state::before, .verdict::before, .toned::before {
      content: ""; flex: none; width: .62em; height: .62em; border-radius: 50%;
      background: var(--tone);
      print-color-adjust: exact; -webkit-print-color-adjust: exact;
    }
    .place { color: var(--soft); margin-top: .3rem; }
    .summary { font-size: 1.14rem; margin-top: 1rem; }
    .standin {
      margin-top: 1.1rem; padding: .6rem .85rem; border: 1px dashed var(--soft);
      border-radius: 10px; font-size: .92rem;
    }
    .standin strong { margin-right: .35em; }
    .words { display: inline-flex; flex-wrap: wrap; column-gap: .55em; }
    .words > span:not(:last-child)::after { content: "·"; margin-left: .55em; }
    .card {
      background: var(--card); border: 1px solid var(--line); border-radius: 14px;
      padding: 1.05rem 1.25rem 1.15rem; margin-bottom: .8rem; break-inside: avoid;
    }
    .card p + p, .head + p, .card dl { margin-top: .7rem; }
    .head { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem .8rem; }
    .unknown, .aside { color: var(--soft); }
    .aside { font-size: .9rem; }
    .kind {
      color: var(--soft); font-size: .78rem; font-weight: 650; letter-spacing: .04em;
      text-transform: uppercase;
    }
    .card .device { color: var(--soft); margin-top: .2rem; }
    .next ol {
      counter-reset: step; list-style: none; background: var(--card);
      border: 2px solid var(--ink); border-radius: 14px; padding: 1.05rem 1.25rem;
      break-inside: avoid;
    }
    .next li { counter-increment: step; position: relative; padding-left: 2.4rem; }
    .next li + li { margin-top: .75rem; }
    .next li::before {
      content: counter(step); position: absolute; left: 0; top: 0; width: 1.6rem; height: 1.6rem;
      border-radius: 50%; background: var(--ink); color: var(--card); text-align: center;
      line-height: 1.6rem; font-size: .88rem; font-weight: 650;
      print-color-adjust: exact; -webkit-print-color-adjust: exact;
    }
    .consent {
      margin-top: 1rem; padding: .95rem 1.05rem 1.05rem; border-radius: 10px;
      background: var(--well); border: 1px solid var(--line);
    }
    .consent p { font-size: .95rem; }
    .consent code { background: none; padding: 0; color: inherit; }
    .consent pre {
      margin-top: .7rem; padding: .7rem .9rem; border: 1px solid var(--line); border-radius: 8px;
      background: var(--card); white-space: pre-wrap; -webkit-user-select: all; user-select: all;
      cursor: copy;
    }
    dl > div {
      display: grid; grid-template-columns: 8.5rem 1fr; gap: .1rem 1rem; padding: .4rem 0;
    }
    dl > div + div { border-top: 1px solid var(--line); }
    dl > div:last-child { padding-bottom: 0; }
    .board dl { margin-top: 0; }
    .board dl > div:first-child { padding-top: 0; }
    dt { color: var(--soft); }
    dd ul { list-style: none; }
    dd li + li { margin-top: .2rem; }
    .toned.calm { color: var(--soft); }
    .toned { display: flex; align-items: baseline; gap: .55em; }
    .toned.stop, .toned.wait { color: var(--tone); font-weight: 600; }
    ul.card { padding-left: 2.3rem; }
    ul.card li::marker { color: var(--tone); }
    ul.card li + li { margin-top: .4rem; }
    footer {
      margin-top: 2.5rem; padding: 0 .25rem; color: var(--soft); font-size: .86rem;
    }
    @media (max-width: 32rem) {
      main { padding: .75rem .75rem 2rem; }
      h1 { font-size: 1.75rem; }
      .banner, .card, .next ol { padding-left: 1rem; padding-right: 1rem; }
      .banner { padding-top: 1.2rem; padding-bottom: 1.3rem; }
      dl > div { grid-template-columns: 1fr; }
      dt { font-size: .86rem; }
      ul.card { padding-left: 2rem; }
    }
    @media print {
      :root { --page: #fff; font-size: 12px; }
      body { font-size: 1rem; }
      main { max-width: none; padding: 0; }
      h2 { break-after: avoid; }
    }
    """
}
