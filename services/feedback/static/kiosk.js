// A screen that many use: nothing of a form stays in its history, and it goes back to the start by itself.
"use strict";
(() => {
  const START = "/kiosk";
  const main = document.getElementById("main");
  const form = document.querySelector("form[data-draft]");
  // Long enough to think over an answer, short enough for the next client (own).
  const IDLE_MS = 120000;
  const SENDING_MS = 300000;
  const READING_MS = 45000;
  let timer = 0;
  function wait() {
    clearTimeout(timer);
    // The start page stays; everything else ends.
    if (!form && !main.querySelector("[data-found], .problem, a[data-kiosk]")) return;
    let limit = IDLE_MS;
    if (form && form.isConnected && form.dataset.pending) limit = SENDING_MS;
    else if (!form || !form.isConnected) limit = main.querySelector(".crisis.shown") ? IDLE_MS : READING_MS;
    timer = setTimeout(() => location.replace(START), limit);
  }
  for (const type of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(type, wait, { capture: true, passive: true });
  new MutationObserver(wait).observe(main, { childList: true });
  main.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-here], a[data-kiosk], a[href='" + START + "']");
    if (!link) return;
    event.preventDefault();
    location.replace(link.href);
  });
  // A reference leaves no entry in the history, so that nobody comes back to the form before.
  main.addEventListener("submit", async (event) => {
    if (!event.target.matches("form[data-open]")) return;
    event.preventDefault();
    try {
      const body = new URLSearchParams(new FormData(event.target));
      const answer = await fetch(event.target.action, { method: "POST", body, cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      main.replaceChildren(...page.getElementById("main").childNodes);
      main.focus();
    } catch (error) { location.replace(START); }
  });
  wait();
})();
