// The form works without this. With it: sliders, answers that are kept in the browser until they have arrived, and sending
// that goes on by itself when the network or the server is away.
"use strict";
(() => {
  const form = document.querySelector("form[data-draft]");
  // A page that the browser shows again from memory may be of a form that has been sent.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  const PREFIX = "attune-form:";
  const KEPT_MS = 3 * 24 * 3600 * 1000;

  // ---------------------------------------------------------------- what the browser keeps no longer
  // What is too old, and what belongs to a form that has ended: it may have arrived just before the page was closed.
  try {
    const { ended } = document.getElementById("main").dataset;
    if (ended) localStorage.removeItem(PREFIX + ended);
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(PREFIX)) continue;
      const draft = JSON.parse(localStorage.getItem(key));
      if (!draft || Date.now() - draft.at > KEPT_MS) localStorage.removeItem(key);
    }
  } catch (error) { /* storage is switched off */ }
  if (!form) return;
  const says = form.dataset;
  const status = document.getElementById("status");
  const send = form.querySelector("button[type=submit]");

  // ---------------------------------------------------------------- what the browser keeps
  // Storage may be switched off; then everything works but keeping.
  function keep(draft) {
    if ("kiosk" in says) return;
    try {
      if (draft) localStorage.setItem(PREFIX + says.draft, JSON.stringify(draft));
      else localStorage.removeItem(PREFIX + says.draft);
    } catch (error) { /* nothing is kept */ }
  }
  function kept() {
    if ("kiosk" in says) return null;
    try {
      return JSON.parse(localStorage.getItem(PREFIX + says.draft));
    } catch (error) { return null; }
  }
  function answers() {
    const fields = {};
    for (const [name, value] of new FormData(form)) if (name !== "ticket" && value !== "") fields[name] = value;
    return fields;
  }
  let pending = false;
  function save() {
    const fields = answers();
    keep(pending || Object.keys(fields).length ? { at: Date.now(), pending, fields } : null);
  }

  // ---------------------------------------------------------------- sliders
  const shown = (value) => Number(value).toLocaleString(document.documentElement.lang);
  // An untouched slider has no name, so it is not sent.
  const sliders = {};
  for (const scale of form.querySelectorAll("fieldset.scale")) {
    const points = scale.querySelector(".points");
    const name = scale.dataset.name;
    const number = name.slice(1);
    const range = document.createElement("input");
    const { min, max, step } = scale.dataset;
    const middle = String((Number(min) + Number(max)) / 2);
    Object.assign(range, { type: "range", min, max, step, value: middle, className: "untouched" });
    range.setAttribute("aria-labelledby", "q" + number);
    range.setAttribute("aria-describedby", `l${number} h${number}`);
    const said = document.createElement("span");
    said.className = "said";
    const value = document.createElement("span");
    value.setAttribute("aria-hidden", "true");
    const clear = document.createElement("button");
    clear.type = "button";
    clear.textContent = says.clear;
    clear.setAttribute("aria-describedby", "q" + number);
    said.append(value, clear);
    const slide = document.createElement("div");
    slide.className = "slide";
    slide.append(range);
    const show = () => {
      const text = range.name ? says.value.replace("{}", shown(range.value)).replace("{most}", shown(max)) : says.none;
      value.textContent = range.name ? text : says.touch;
      range.setAttribute("aria-valuetext", text);
      range.classList.toggle("untouched", !range.name);
      clear.hidden = !range.name;
    };
    const touch = () => { range.name = name; show(); };
    const set = (to) => { range.value = to; touch(); };
    range.addEventListener("input", touch);
    // A tap on the very middle, or a key that confirms it, moves nothing and is an answer all the same.
    range.addEventListener("click", () => { touch(); save(); });
    range.addEventListener("keydown", (event) => {
      // A twentieth of the scale, or a step where steps are larger.
      const by = Math.max(Number(step), (max - min) / 20);
      const move = { ArrowLeft: -by, ArrowDown: -by, ArrowRight: by, ArrowUp: by, " ": 0, Enter: 0 }[event.key];
      if (move === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      set(Number(range.value) + move);
      save();
    });
    clear.addEventListener("click", () => { range.name = ""; range.value = middle; show(); range.focus(); save(); });
    points.replaceWith(slide);
    document.getElementById("l" + number).after(said);
    sliders[name] = set;
    if (scale.dataset.value) set(scale.dataset.value);
    show();
  }

  function fill(fields) {
    for (const [name, value] of Object.entries(fields)) {
      if (sliders[name]) sliders[name](value);
      else if (name === "comment") form.elements.comment.value = value;
      else for (const radio of form.querySelectorAll(`input[name="${CSS.escape(name)}"]`)) radio.checked = radio.value === value;
    }
  }
  form.addEventListener("input", save);
  form.addEventListener("change", save);

  // ---------------------------------------------------------------- a risk answer
  // It is passed on by itself, so that a form that is left counts, too: after a moment in which a slip of the finger can
  // be taken back, at once when the page is left, and again until it has arrived.
  const SETTLE_MS = 4000;
  // The risk answers that have arrived: a questionnaire may have several such questions.
  let passed = "";
  let over = false;
  let passing = 0;
  let passes = 0;
  async function pass() {
    clearTimeout(passing);
    const chosen = [...form.querySelectorAll("input.risk:checked")].map((each) => [each.name, each.value]);
    const before = passed;
    if (over || !chosen.length || String(chosen) === before) return;
    passed = String(chosen);
    const body = new URLSearchParams([["ticket", form.elements.ticket.value], ...chosen]);
    try {
      const answer = await fetch(location.pathname + "/risk", { method: "POST", body, cache: "no-store", keepalive: true });
      if (!answer.ok) throw new Error(String(answer.status));
    } catch (error) {
      passed = before;
      passing = setTimeout(pass, 1000 * Math.min(30, 2 ** Math.min(++passes, 5)) * (0.75 + Math.random() * 0.5));
    }
  }
  function settle() {
    clearTimeout(passing);
    if (form.querySelector("input.risk:checked")) passing = setTimeout(pass, SETTLE_MS);
  }
  for (const hint of form.querySelectorAll("[data-scripted]")) {
    hint.textContent = hint.dataset.scripted;
    hint.closest("fieldset").addEventListener("change", settle);
  }
  addEventListener("pagehide", pass);
  addEventListener("online", pass);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") pass(); });

  // ---------------------------------------------------------------- sending
  let tries = 0;
  let timer = 0;
  let running = false;
  function tell(text, button) {
    if (status.textContent !== text) status.textContent = text;
    send.textContent = button;
  }
  function later() {
    tell(navigator.onLine === false ? says.offline : says.away, says.again);
    const seconds = Math.min(30, 2 ** Math.min(++tries, 5));
    // Jitter, so that not everybody comes back at once.
    timer = setTimeout(post, seconds * (750 + Math.random() * 500));
  }
  function done(html, arrived) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const said = page.getElementById("main");
    // Whatever stands in between may answer as well; only our own word ends the trying.
    if (!said) throw new Error("not our page");
    pending = false;
    // A form that was refused has passed nothing on.
    over = arrived;
    pass();
    keep(null);
    const main = document.getElementById("main");
    main.replaceChildren(...said.childNodes);
    document.title = page.title;
    for (const nav of document.querySelectorAll("header nav")) nav.remove();
    scrollTo(0, 0);
    main.focus();
  }
  async function post() {
    clearTimeout(timer);
    if (running) return;
    running = true;
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), 15000);
    try {
      tell(says.sending, says.again);
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body, cache: "no-store", signal: stop.signal });
      if (answer.status === 429 || answer.status >= 500) throw new Error(String(answer.status));
      done(await answer.text(), answer.ok);
    } catch (error) {
      later();
    } finally {
      clearTimeout(limit);
      running = false;
    }
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const filled = answers();
    if (!Object.keys(filled).some((name) => /^i(\d-)?\d+$/.test(name))) { tell(filled.comment ? says.words : says.empty, says.send); return; }
    const needed = [...form.querySelectorAll("fieldset[data-required] input[type=range]")].find((range) => !range.name);
    if (needed) { tell(says.required, says.send); needed.focus(); return; }
    pending = true;
    says.pending = "1";
    save();
    post();
  });
  addEventListener("online", () => { if (pending) post(); });

  const before = kept();
  if (before) {
    fill(before.fields);
    settle();
    if (before.pending) { pending = true; post(); } else tell(says.kept, says.send);
  }
})();
