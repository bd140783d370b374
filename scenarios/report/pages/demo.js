"use strict";
// The page's choices: its fields and its address, the acts of a presentation, the gateways' answers and the table.
(() => {
  const told = JSON.parse(document.getElementById("choices").textContent), at = id => document.getElementById(id);
  const make = (tag, text, cls) => { const e = document.createElement(tag); if (text) e.textContent = text; if (cls) e.className = cls; return e; };
  const NAMES = {race: "race", client: "client policy", today: "gateway today", proposed: "gateway proposed", sdk: "as which SDK", balance: "balancer",
    replicas: "gateway replicas", stale: "of these stale", law: "law of their lag", lag_s: "lag, seconds", fault_s: "fault lasts, seconds", steps: "training steps", seed: "seed"};
  const LOOK_MS = 2000, FIRST_LEG = "poll";
  const fields = {}, legButtons = {};
  let table = null, leg = FIRST_LEG, act = null, estimating = null, asked = 0, answering = 0;
  const raceOf = name => told.races.find(race => race.name === name);
  const standard = knob => { const race = raceOf(fields.race.value); return String(race.shortened[knob] ?? race.settings[knob]); };
  const gateways = () => ["today", "proposed"].map(which => fields[which].value);
  const view = duelView(told, raceOf, {said, changed: label});
  function said(why) { at("refused").textContent = why; at("refused").hidden = !why; }

  function buildFields() {
    const lists = {race: told.races, client: told.clients, today: told.gateways, proposed: told.gateways, sdk: told.sdks, balance: told.balances, law: told.laws};
    for (const [name, title] of Object.entries(NAMES)) {
      const box = make("label", title), list = lists[name], field = make(list ? "select" : "input");
      for (const one of list || []) {
        const option = make("option", one.name || one);
        option.value = one.name || one;
        option.title = one.summary || "";
        field.append(option);
      }
      if (!list) { field.type = "number"; field.min = 0; field.step = name.endsWith("_s") ? "any" : 1; }
      field.name = name;
      field.onchange = () => {
        act = null;
        if (name === "race") told.knobs.forEach(knob => { fields[knob].value = standard(knob); });
        chosen(true);
      };
      fields[name] = field;
      box.append(field);
      at("fields").append(box);
    }
  }
  const defaultOf = name => told.knobs.includes(name) ? standard(name) : String(told.first[name]);

  // the address has every choice that is not the default
  function address() {
    const words = new URLSearchParams();
    if (act !== null) words.set("act", act + 1);
    else for (const name of Object.keys(NAMES)) if (fields[name].value !== defaultOf(name)) words.set(name, fields[name].value);
    if (leg !== FIRST_LEG) words.set("leg", leg);
    return location.pathname + (words.size ? `?${words}` : "");
  }
  function keep(push) {
    if (address() === location.pathname + location.search) return;
    history[push ? "pushState" : "replaceState"](null, "", address());
  }
  function put(pick) {
    for (const name of ["race", ...Object.keys(NAMES).filter(name => !told.knobs.includes(name) && name !== "race")]) fields[name].value = pick[name];
    for (const knob of told.knobs) fields[knob].value = pick.settings[knob] ?? standard(knob);
  }
  function restore() {
    const words = new URLSearchParams(location.search), number = Number(words.get("act")), unknown = [];
    said("");
    leg = legButtons[words.get("leg")] ? words.get("leg") : FIRST_LEG;
    act = told.acts[number - 1] ? number - 1 : null;
    put(act === null ? told.first : told.acts[act].pick);
    if (act === null) for (const name of Object.keys(NAMES)) {
      if (!words.has(name)) { if (told.knobs.includes(name)) fields[name].value = standard(name); continue; }
      const before = fields[name].value;
      fields[name].value = words.get(name);
      if (fields[name].value !== words.get(name)) { unknown.push(`${name}=${words.get(name)}`); fields[name].value = before; }
    }
    if (words.has("act") && act === null) unknown.push(`act=${words.get("act")}`);
    chosen(false);
    if (unknown.length) said(`this page does not know ${unknown.join(", ")}, which the address names; it shows the default instead`);
  }

  const picked = () => {
    const pick = {settings: {}};
    for (const name of Object.keys(NAMES)) {
      if (!told.knobs.includes(name)) pick[name] = name === "seed" ? Number(fields[name].value) : fields[name].value;
      else if (fields[name].value !== standard(name)) pick.settings[name] = fields[name].value;
    }
    return pick;
  };
  const words = pick => JSON.stringify([...Object.keys(told.first).filter(name => name !== "settings").map(name => String(pick[name])), Object.entries(pick.settings).sort()]);

  // what follows from a choice: its address, what was played of it, its estimate, its answers
  async function chosen(push) {
    keep(push);
    const number = ++asked, acting = act !== null;
    document.body.classList.toggle("presenting", acting);
    at("act").hidden = !acting;
    document.title = acting ? `${act + 1}. ${told.acts[act].title}` : "gateway-sim: try a routing change before it ships";
    if (acting) {
      at("act-number").textContent = `act ${act + 1} of ${told.acts.length}`;
      at("act-title").textContent = told.acts[act].title;
      at("act-watch").textContent = told.acts[act].watch;
      at("act-back").disabled = act === 0;
      at("act-next").disabled = act === told.acts.length - 1;
    }
    [0, 1].forEach(n => { at(`side-${n}`).querySelector(".which").textContent = acting ? told.acts[act].sides[n] : ["today", "proposed"][n]; });
    told.knobs.forEach(knob => fields[knob].classList.toggle("changed", fields[knob].value !== standard(knob)));
    for (const name of ["client", "today", "proposed", "race"]) fields[name].title = fields[name].selectedOptions[0]?.title || "";
    at("race-says").replaceChildren(...raceOf(fields.race.value).summary.split("`").map((text, n) => n % 2 ? make("code", text) : text));
    if (at("table").dataset.race !== fields.race.value) { table?.close(); at("table").hidden = true; at("filled").textContent = ""; at("fill").disabled = false; }
    label();
    showAnswers();
    if (!view.playing) view.clear(gateways());
    estimate();
    const now = await duels();
    if (now && number === asked && !view.playing) {
      const same = now.duels.find(one => words(one.pick) === words(picked()));
      if (now.playing || same) view.watch(now.playing || same.duel);
    }
  }
  function label() {
    const incident = fields.race.value === told.first.race;
    if (!view.playing) at("play").textContent = act !== null ? "Play this act" : incident ? "Play the incident" : `Play ${fields.race.value}`;
    const other = view.shown && view.pick && words(view.pick) !== words(picked());
    at("other").hidden = !other;
    if (other) at("other").textContent = `Shown below: ${view.pick.race}, client ${view.pick.client}, ${view.pick.today} against ${view.pick.proposed}.`;
  }
  async function estimate() {
    estimating?.abort();
    estimating = new AbortController();
    view.tell(null, gateways());
    if (!view.playing && !view.shown) at("clock").textContent = "estimating";
    const names = gateways();
    try {
      const reply = await fetch("/estimates", {...posted(), signal: estimating.signal});
      view.tell(reply.ok ? await reply.json() : null, names);
    } catch (error) { if (error.name !== "AbortError") view.tell(null, names); }
  }
  const posted = () => ({method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(picked())});
  async function duels() {
    try {
      const now = await (await fetch("/duels")).json();
      if (view.lost) said("");
      view.lost = false;
      return now;
    } catch { view.gone(); return null; }
  }
  async function play(event) {
    event.preventDefault();
    if (view.playing) { await stop(); return; }
    said("");
    at("play").disabled = true;
    // an earlier duel of this choice is not shown any more, though the list of duels may still be on its way
    asked++;
    try {
      const reply = await fetch("/duels", posted()), answer = await reply.json();
      if (reply.ok) { view.clear(gateways()); view.watch(answer.duel); }
      else {
        // another window began a run: this one shows it, and can stop it
        const playing = reply.status === 409 && (await duels())?.playing;
        if (playing) view.watch(playing);
        said(answer.detail);
      }
    } catch { view.gone(); }
    finally { at("play").disabled = false; }
  }
  async function stop() { try { await fetch(`/duels/${view.playing}`, {method: "DELETE"}); } catch { view.gone(); } }

  async function go(to) {
    if (!told.acts[to]) return;
    if (view.playing) { await stop(); view.clear(gateways()); }
    act = to;
    leg = FIRST_LEG;
    put(told.acts[to].pick);
    said("");
    chosen(true);
    at("play").focus();
  }
  function leave() { act = null; chosen(true); at("present").focus(); }
  function pressed(event) {
    if (act === null || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, canvas")) return;
    const keys = {ArrowRight: () => go(act + 1), PageDown: () => go(act + 1), ArrowLeft: () => go(act - 1), PageUp: () => go(act - 1), Escape: leave,
      Enter: event.target.closest("button, a, summary") ? null : () => at("pick").requestSubmit()};
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  }

  function buildLegs(names) {
    for (const name of names) {
      const button = legButtons[name] = make("button", name);
      button.type = "button";
      button.onclick = () => { leg = name; keep(true); showAnswers(); };
      at("legs").append(button);
    }
  }
  async function showAnswers() {
    const number = ++answering, names = gateways();
    for (const [name, button] of Object.entries(legButtons)) button.setAttribute("aria-pressed", name === leg);
    let both;
    try { both = await Promise.all(names.map(name => fetch(`/gateways/${encodeURIComponent(name)}/answers`).then(r => r.json()))); }
    catch { return; }
    if (number !== answering) return;
    at("answers").replaceChildren(...both.map((answers, n) => {
      const one = answers.find(answer => answer.leg === leg), card = make("article", "", one.status === 404 ? "bad" : one.spins ? "held" : "good"), head = make("h2");
      head.append(make("small", ["today", "proposed"][n]), ` ${names[n]}`);
      card.append(head, make("p", one.does), make("pre", one.http));
      return card;
    }));
  }

  function fill() {
    table?.close();
    at("fill").disabled = true;
    at("filled").textContent = "starting a process";
    at("table").dataset.race = fields.race.value;
    table = new EventSource(`/races/${encodeURIComponent(fields.race.value)}/table`);
    const draw = event => {
      const now = JSON.parse(event.data);
      if (now.error) { at("filled").textContent = now.error; return; }
      const top = make("thead"), body = make("tbody"), head = make("tr"), heading = (text, scope) => { const th = make("th", text); th.scope = scope; return th; };
      body.append(...now.rows.map(row => {
        const line = make("tr");
        line.append(heading(row.gateway, "row"), ...row.cells.map(cell => { const td = make("td", cell.text, cell.tone); td.title = cell.detail; return td; }));
        return line;
      }));
      head.append(...["gateway", ...now.clients].map(text => heading(text, "col")));
      top.append(head);
      at("table").replaceChildren(top, body);
      at("table").hidden = false;
      at("filled").textContent = `${now.played} of ${now.runs} runs`;
    };
    table.addEventListener("so-far", draw);
    table.addEventListener("over", event => { table.close(); at("fill").disabled = false; draw(event); });
    table.onerror = () => { table.close(); at("fill").disabled = false; at("filled").textContent = "the page's server does not answer; start it again: gateway-sim demo"; };
  }

  at("fill").textContent = `play ${told.seeds} ${told.seeds === 1 ? "seed" : "seeds"} of each`;
  buildFields();
  buildLegs(told.legs);
  at("pick").onsubmit = play;
  at("reset").onclick = () => { act = null; put(told.first); chosen(true); };
  at("fill").onclick = fill;
  at("present").onclick = () => go(0);
  at("act-next").onclick = () => go(act + 1);
  at("act-back").onclick = () => go(act - 1);
  at("act-leave").onclick = leave;
  addEventListener("keydown", pressed);
  addEventListener("popstate", restore);
  // another window may begin a run, and the server may end
  setInterval(async () => {
    if (document.hidden || view.playing) return;
    const now = await duels();
    if (now?.playing && !view.playing && now.playing !== view.shown) view.watch(now.playing);
  }, LOOK_MS);
  restore();
})();
