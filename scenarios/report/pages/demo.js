"use strict";
// Sends the user's choice to the server, and shows the two runs, their timeline, the gateways' answers and the table.
(() => {
  const told = JSON.parse(document.getElementById("choices").textContent), at = id => document.getElementById(id);
  const make = (tag, text, cls) => { const e = document.createElement(tag); if (text) e.textContent = text; if (cls) e.className = cls; return e; };
  const NAMES = {race: "race", client: "client policy", today: "gateway today", proposed: "gateway proposed", sdk: "as which SDK", balance: "balancer",
    replicas: "gateway replicas", stale: "of these stale", law: "law of their lag", lag_s: "lag, seconds", fault_s: "fault lasts, seconds", steps: "training steps", seed: "seed"};
  const MARKS = {kept: ["good", "✓"], broken: ["bad", "✗"], not_exercised: ["bad", "?"]};
  const fields = {};
  let playing = null, stream = null, endTimeline = null, table = null, leg = "poll";
  const raceOf = name => told.races.find(race => race.name === name);
  const standard = knob => { const race = raceOf(fields.race.value); return String(race.shortened[knob] ?? race.settings[knob]); };

  function buildFields() {
    const lists = {race: told.races, client: told.clients, today: told.gateways, proposed: told.gateways, sdk: told.sdks, balance: told.balances, law: told.laws};
    for (const [name, title] of Object.entries(NAMES)) {
      const label = make("label", title), list = lists[name], field = make(list ? "select" : "input");
      for (const one of list || []) {
        const option = make("option", one.name || one);
        option.value = one.name || one;
        option.title = one.summary || "";
        field.append(option);
      }
      if (!list) { field.type = "number"; field.min = 0; field.step = name.endsWith("_s") ? "any" : 1; }
      field.name = name;
      field.onchange = () => changed(name);
      fields[name] = field;
      label.append(field);
      at("fields").append(label);
    }
  }
  function changed(name) {
    if (name === "race") told.knobs.forEach(knob => { fields[knob].value = standard(knob); });
    told.knobs.forEach(knob => fields[knob].classList.toggle("changed", fields[knob].value !== standard(knob)));
    for (const other of ["client", "today", "proposed", "race"]) {
      const chosen = fields[other].selectedOptions[0];
      fields[other].title = chosen ? chosen.title : "";
    }
    at("race-says").replaceChildren(...raceOf(fields.race.value).summary.split("`").map((words, n) => n % 2 ? make("code", words) : words));
    const incident = fields.race.value === told.first.race;
    if (!playing) at("play").textContent = incident ? "Play the incident" : `Play ${fields.race.value}`;
    if (name === "race") { table?.close(); at("table").hidden = true; at("filled").textContent = ""; at("fill").disabled = false; }
    if (["today", "proposed", "all"].includes(name)) showAnswers();
    if (!playing) ["today", "proposed"].forEach((which, n) => at(`side-${n}`).querySelector(".gateway").textContent = fields[which].value);
  }
  function reset() {
    for (const name of Object.keys(NAMES)) if (name in told.first) fields[name].value = told.first[name];
    changed("race");
    changed("all");
  }

  const picked = () => {
    const pick = {settings: {}};
    for (const name of Object.keys(NAMES)) {
      if (!told.knobs.includes(name)) pick[name] = name === "seed" ? Number(fields[name].value) : fields[name].value;
      else if (fields[name].value !== standard(name)) pick.settings[name] = fields[name].value;
    }
    return pick;
  };
  async function play(event) {
    event.preventDefault();
    if (playing) { await fetch(`/duels/${playing}`, {method: "DELETE"}); return; }
    refuse("");
    at("play").disabled = true;
    try {
      const reply = await fetch("/duels", {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(picked())});
      const answer = await reply.json();
      if (!reply.ok) { refuse(typeof answer.detail === "string" ? answer.detail : answer.detail.map(d => `${d.loc.at(-1)}: ${d.msg}`).join("; ")); return; }
      watch(answer.duel);
    } catch { refuse("the page's server does not answer; start it again: gateway-sim demo"); }
    finally { at("play").disabled = false; }
  }
  function refuse(why) { at("refused").textContent = why; at("refused").hidden = !why; }

  function watch(number) {
    playing = number;
    at("play").textContent = "Stop";
    at("play").classList.add("stop");
    at("keep").hidden = true;
    stream = new EventSource(`/duels/${number}/events`);
    stream.addEventListener("so-far", event => show(JSON.parse(event.data)));
    stream.addEventListener("over", event => { const last = JSON.parse(event.data); ended(); if (last.runs) show(last); if (last.error) refuse(last.error);
      else { at("keep").href = `/duels/${number}/timeline.html`; at("keep").hidden = false; } });
    stream.onerror = () => { if (stream.readyState === EventSource.CLOSED || playing) { ended(); refuse("the page's server does not answer any more; start it again: gateway-sim demo"); } };
  }
  function ended() {
    stream.close();
    playing = null;
    at("play").classList.remove("stop");
    changed("");
  }
  function show(state) {
    state.runs.forEach((run, n) => showSide(at(`side-${n}`), run, state.live));
    at("picture").hidden = false;
    const height = at("panels").offsetHeight;
    at("panels").style.minHeight = state.live ? `${height}px` : "";
    endTimeline?.();
    at("panels").replaceChildren();
    endTimeline = showTimeline(state, at("panels"), document.querySelector(".bar"), at("tip"));
  }
  function gatewayName(run) {
    const own = Object.entries(run.settings).filter(([name]) => !told.knobs.includes(name) && !(name in raceOf(run.race).shortened));
    const known = told.gateways.find(one => one.policy === run.gateway && JSON.stringify(one.settings) === JSON.stringify(Object.fromEntries(own)));
    return known ? known.name : run.gateway;
  }
  function showSide(card, run, live) {
    const [tone, mark] = MARKS[run.verdict] || (run.error ? ["bad", "✗"] : ["busy", ""]), seconds = `${run.end_s.toFixed(1)} s`;
    card.className = tone;
    card.querySelector(".gateway").textContent = gatewayName(run);
    const going = live ? (run.events ? `running, ${seconds}` : "starting a table, a gateway and a pod") : "stopped";
    const state = run.outcome ? `${mark} ${run.outcome.replace("_", " ")}`.trim() : going;
    card.querySelector(".state").textContent = run.error ? `${state}: ${run.error.split(":")[0]}` : state;
    const broken = run.violations[0], last = run.story.at(-1);
    card.querySelector(".last").textContent = broken ? `broken promise: “${broken[1]}”. ${broken[2]}` : run.error || (last ? last[2] : "");
    const m = run.metrics;
    card.querySelector(".facts").textContent = m.steps_intended ? `${m.steps_applied} of ${m.steps_intended} steps · ${m.requests} requests · at most ${m.peak_requests_per_s} a second for one result · ${m.strong_reads} strong reads` : "";
  }

  async function showAnswers() {
    const both = await Promise.all(["today", "proposed"].map(which => fetch(`/gateways/${encodeURIComponent(fields[which].value)}/answers`).then(r => r.json())));
    at("legs").replaceChildren(...both[0].map(one => {
      const button = make("button", one.leg);
      button.type = "button";
      button.setAttribute("aria-pressed", one.leg === leg);
      button.onclick = () => { leg = one.leg; showAnswers(); };
      return button;
    }));
    at("answers").replaceChildren(...both.map((answers, n) => {
      const one = answers.find(answer => answer.leg === leg), card = make("article", "", one.status === 404 || one.spins ? "bad" : "good"), head = make("h2");
      head.append(make("small", n ? "proposed" : "today"), ` ${fields[n ? "proposed" : "today"].value}`);
      card.append(head, make("p", one.does), make("pre", one.http));
      return card;
    }));
  }

  function fill() {
    table?.close();
    at("fill").disabled = true;
    at("filled").textContent = "starting a process";
    table = new EventSource(`/races/${encodeURIComponent(fields.race.value)}/table`);
    const draw = event => {
      const now = JSON.parse(event.data);
      if (now.error) { at("filled").textContent = now.error; return; }
      const head = make("tr"), body = now.rows.map(row => {
        const line = make("tr");
        line.append(make("th", row.gateway), ...row.cells.map(cell => { const td = make("td", cell.text, cell.tone); td.title = cell.detail; return td; }));
        return line;
      });
      head.append(make("th", "gateway"), ...now.clients.map(client => make("th", client)));
      at("table").replaceChildren(head, ...body);
      at("table").hidden = false;
      at("filled").textContent = `${now.played} of ${now.runs} runs`;
    };
    table.addEventListener("so-far", draw);
    table.addEventListener("over", event => { table.close(); at("fill").disabled = false; draw(event); });
    table.onerror = () => { table.close(); at("fill").disabled = false; at("filled").textContent = "the page's server does not answer; start it again: gateway-sim demo"; };
  }

  at("fill").textContent = `play ${told.seeds} seeds of each`;
  buildFields();
  reset();
  at("pick").onsubmit = play;
  at("reset").onclick = reset;
  at("fill").onclick = fill;
  if (told.playing) watch(told.playing);
})();
