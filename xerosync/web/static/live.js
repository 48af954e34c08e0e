"use strict";
// An open page that shows what changes elsewhere: after a server-sent event it reads itself again. It never says that
// it is live while no changes arrive.
(() => {
  const bar = document.querySelector("[data-changes]");
  if (bar === null) return;
  const status = bar.querySelector("[aria-live]");
  const button = bar.querySelector("button");
  const SILENCE = 15_000; // the server says something every five seconds
  const AGAIN = 2_000;
  let stream = null;
  let timer = 0;
  let isPaused = false;
  let isReading = false;
  let isDue = false;
  let isPressed = false; // a button that is replaced while it is held down is never clicked
  let readAt = new Date();

  const show = (state, words) => {
    bar.dataset.state = state;
    status.className = { live: "badge good", lost: "badge bad" }[state] ?? "badge";
    if (status.textContent !== words) status.textContent = words;
    button.textContent = state === "paused" ? "Go on" : "Pause";
    bar.hidden = false;
  };
  const asOf = () => `as of ${readAt.toISOString().slice(11, 19)} UTC`;
  const lost = (words) => show("lost", `Not live: ${words}, ${asOf()}`);

  const close = () => {
    clearTimeout(timer);
    stream?.close();
    stream = null;
  };
  const later = (words) => {
    close();
    lost(words);
    timer = setTimeout(open, AGAIN);
  };
  const received = () => {
    clearTimeout(timer);
    timer = setTimeout(() => later("the server is silent"), SILENCE);
  };
  const on = (name, act) => stream.addEventListener(name, () => { received(); act(); });

  function open() {
    close();
    if (isPaused || document.hidden) return;
    stream = new EventSource(bar.dataset.changes);
    received();
    on("live", read);
    on("changed", read);
    on("beat", () => {});
    on("lost", () => lost("the database does not answer"));
    on("ended", () => { close(); lost("sign in again"); });
    stream.onerror = () => later("the server does not answer");
  }

  async function read() {
    isDue = true;
    if (isReading) return;
    isReading = true;
    try {
      while (isDue && !isPressed && stream !== null) {
        isDue = false;
        const address = location.href;
        const began = new Date();
        const answer = await fetch(address, { headers: { Accept: "text/html" } });
        if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (stream === null) return;
        // The person presses something, or went to another filter: this answer is not of what they see by then.
        if (isPressed || address !== location.href || document.querySelector(".htmx-request") !== null) { isDue = true; continue; }
        put(page);
        readAt = began;
        show("live", "Live");
      }
    } catch {
      later("this page can't be read again");
    } finally {
      isReading = false;
    }
  }

  function put(page) {
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      if (fresh === null || fresh.outerHTML === old.outerHTML || isBeingFilledIn(old)) continue;
      const focused = old.contains(document.activeElement) ? nameOf(document.activeElement) : null;
      const opened = [...old.querySelectorAll("details")].map((each) => each.open);
      fresh.querySelectorAll("details").forEach((each, place) => { each.open = opened[place] ?? each.open; });
      old.replaceWith(fresh);
      htmx.process(fresh);
      if (focused !== null) [...fresh.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]")].find((each) => nameOf(each) === focused)?.focus();
    }
  }
  const nameOf = (element) => {
    const { tagName, id, name, value } = element;
    return id || name ? `${tagName} ${id} ${name} ${value}` : `${tagName} ${element.getAttribute("href") ?? ""} ${element.textContent}`;
  };
  const isBeingFilledIn = (part) =>
    [...part.querySelectorAll("input:not([type=hidden], [type=checkbox]), textarea")].some((each) => each.value !== each.defaultValue)
    || [...part.querySelectorAll("[type=checkbox]")].some((each) => each.checked !== each.defaultChecked)
    || [...part.querySelectorAll("select")].some((each) => each.selectedIndex !== Math.max(0, [...each.options].findIndex((option) => option.defaultSelected)));

  const pressed = (event) => { isPressed = event.target.closest("a, button, summary, label, input") !== null; };
  const released = () => {
    isPressed = false;
    if (isDue) read();
  };
  addEventListener("pointerdown", (event) => { if (event.button === 0) pressed(event); }, true);
  addEventListener("pointerup", released, true);
  addEventListener("pointercancel", released, true);
  addEventListener("keydown", (event) => { if (event.key === " ") pressed(event); }, true);
  addEventListener("keyup", released, true);
  addEventListener("blur", released);

  button.addEventListener("click", () => {
    isPaused = !isPaused;
    if (isPaused) { close(); show("paused", `Paused ${asOf()}`); } else { show("waiting", "Reading …"); open(); }
  });
  // A browser opens few connections to a server: a page that nobody sees gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (isPaused) return;
    if (document.hidden) { close(); show("waiting", `Read ${asOf()}`); } else { open(); }
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted && !isPaused) open(); });
  show("waiting", "Reading …");
  open();
})();
