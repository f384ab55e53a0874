// Live updates, sound and keys of the inbox. Everything else works without it.
"use strict";

const list = document.getElementById("list");
if (list) {
  const live = document.getElementById("live");
  const sound = document.getElementById("sound");
  let audio = null;

  const say = (name) => { live.textContent = live.dataset[name]; };

  const beep = () => {
    if (!audio) return;
    for (const [start, pitch] of [[0, 880], [0.25, 660], [0.5, 880]]) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = pitch;
      volume.gain.value = 0.2;
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + start);
      tone.stop(audio.currentTime + start + 0.2);
    }
  };

  // A browser lets a page make sound only after somebody pressed something: the button is that.
  sound.hidden = false;
  sound.addEventListener("click", () => {
    const on = sound.getAttribute("aria-pressed") !== "true";
    sound.setAttribute("aria-pressed", String(on));
    sound.textContent = on ? sound.dataset.on : sound.dataset.off;
    if (on) { audio = new AudioContext(); beep(); } else if (audio) { audio.close(); audio = null; }
  });

  const refresh = async () => {
    const held = document.activeElement && list.contains(document.activeElement)
      ? document.activeElement.getAttribute("href") : null;
    const answer = await fetch(list.dataset.part, { headers: { "X-Attune-Background": "1" }, credentials: "same-origin" });
    if (answer.status === 401) { location.reload(); return false; }
    if (!answer.ok) { say("lost"); return false; }
    list.innerHTML = await answer.text();
    const again = held && list.querySelector(`a[href="${CSS.escape(held)}"]`);
    if (again) again.focus();
    return true;
  };

  const changed = async (risk) => {
    if (await refresh()) say(risk ? "risk" : "change");
    if (risk) beep();
  };

  const events = new EventSource(list.dataset.events);
  let lost = false;
  events.addEventListener("open", async () => {
    if (lost && !(await refresh())) return;
    lost = false;
    say("live");
  });
  events.addEventListener("error", () => { lost = true; say("lost"); });
  events.addEventListener("risk", () => changed(true));
  events.addEventListener("change", () => changed(false));
  events.addEventListener("over", () => { events.close(); location.reload(); });

  document.getElementById("keys").hidden = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !["j", "k"].includes(event.key)) return;
    const links = [...list.querySelectorAll("li > a")];
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    const next = event.key === "j" ? Math.min(at + 1, links.length - 1) : Math.max(at - 1, 0);
    links[next].focus();
  });
}
