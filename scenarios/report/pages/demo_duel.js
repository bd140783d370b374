"use strict";
// Watches one duel of the server: its clock, its two cards, its timeline. Calls `said` with a sentence for the reader.
function duelView(told, raceOf, {said, changed}) {
  const SILENT_MS = 6000, at = id => document.getElementById(id);
  const view = {playing: null, shown: null, lost: false};
  let stream = null, endTimeline = null, heard = 0, began = 0, expected = null, ticking = null;

  const clock = s => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
  const about = s => s < 90 ? `about ${Math.max(1, Math.round(s))} s` : `about ${Math.round(s / 60)} min`;
  function tell(estimate, names) {
    expected = estimate;
    if (view.playing || view.shown) return;
    at("clock").classList.toggle("long", Boolean(estimate) && estimate.duel_s >= 60);
    if (!estimate) { at("clock").textContent = ""; return; }
    const [a, b] = estimate.sides_s, late = a > b ? 0 : 1, early = Math.min(a, b);
    const apart = estimate.duel_s >= 60 && early < estimate.duel_s / 2 ? `: ${names[late]} ends last, the other after ${about(early)}` : "";
    at("clock").textContent = `takes ${about(estimate.duel_s)}${apart}`;
  }
  function tick() {
    const s = (performance.now() - began) / 1000;
    at("clock").textContent = clock(s) + (expected ? ` of about ${clock(expected.duel_s)}` : "");
    if (performance.now() - heard > SILENT_MS) gone();
  }

  view.tell = tell;
  view.watch = number => {
    stream?.close();
    view.shown = number;
    said("");
    stream = new EventSource(`/duels/${number}/events`);
    heard = began = performance.now();
    stream.addEventListener("so-far", event => {
      const state = JSON.parse(event.data);
      heard = performance.now();
      began = heard - state.lasted_s * 1000;
      if (view.playing !== number) begin(number);
      if (state.runs) show(state);
    });
    stream.addEventListener("over", event => {
      const last = JSON.parse(event.data);
      end();
      if (last.runs) show(last);
      if (last.lasted_s) at("clock").textContent = `took ${clock(last.lasted_s)}`;
      if (last.error) said(last.error);
      else { at("keep").href = `/duels/${number}/timeline.html`; at("keep").hidden = false; }
    });
    stream.onerror = () => gone();
  };
  function begin(number) {
    view.playing = number;
    at("play").textContent = "Stop";
    at("play").classList.add("stop");
    at("clock").classList.remove("long");
    at("keep").hidden = true;
    clearInterval(ticking);
    ticking = setInterval(tick, 250);
    tick();
  }
  function end() {
    stream?.close();
    stream = null;
    clearInterval(ticking);
    view.playing = null;
    at("play").classList.remove("stop");
    changed();
  }
  function gone() {
    if (view.playing) for (const n of [0, 1]) if (at(`side-${n}`).classList.contains("busy")) {
      at(`side-${n}`).className = "gone";
      at(`side-${n}`).querySelector(".state").textContent = "its server is gone";
    }
    if (view.playing) at("clock").textContent = "";
    view.shown = null;
    end();
    view.gone();
  }
  // `lost` until the server answers again
  view.gone = () => {
    view.lost = true;
    said(`the page's server does not answer any more; start it again: gateway-sim demo --port ${location.port || 80}`);
  };
  // shows nothing, as before the first duel
  view.clear = names => {
    if (stream) end();
    view.shown = null;
    endTimeline?.();
    endTimeline = null;
    at("panels").replaceChildren();
    at("picture").hidden = true;
    at("keep").hidden = true;
    at("other").hidden = true;
    names.forEach((name, n) => {
      const card = at(`side-${n}`);
      card.className = "";
      card.querySelector(".gateway").textContent = name;
      card.querySelector(".state").textContent = "not played yet";
      for (const part of [".last", ".facts"]) card.querySelector(part).textContent = "";
    });
    tell(expected, names);
  };

  function show(state) {
    state.runs.forEach((run, n) => showSide(at(`side-${n}`), run, state.live));
    at("picture").hidden = false;
    at("panels").style.minHeight = state.live ? `${at("panels").offsetHeight}px` : "";
    endTimeline?.();
    at("panels").replaceChildren();
    endTimeline = showTimeline(state, at("panels"), document.querySelector(".bar:has([data-mode])"), at("tip"));
    view.pick = state.pick;
    changed();
  }
  function gatewayName(run) {
    const own = Object.entries(run.settings).filter(([name]) => !told.knobs.includes(name) && !(name in raceOf(run.race).shortened));
    const known = told.gateways.find(one => one.policy === run.gateway && JSON.stringify(one.settings) === JSON.stringify(Object.fromEntries(own)));
    return known ? known.name : run.gateway;
  }
  function showSide(side, run, live) {
    side.className = run.card.tone;
    side.querySelector(".gateway").textContent = gatewayName(run);
    side.querySelector(".state").textContent = run.card.state + (live && !run.outcome && run.events ? `, ${run.end_s.toFixed(1)} s` : "");
    side.querySelector(".last").textContent = run.card.last;
    const m = run.metrics;
    side.querySelector(".facts").textContent = m.steps_intended ? `${m.steps_applied} of ${m.steps_intended} steps · ${m.requests} requests · at most ${m.peak_requests_per_s} a second for one result · ${m.strong_reads} strong reads` : "";
  }
  return view;
}
