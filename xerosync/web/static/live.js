"use strict";
// An open page that shows what changes elsewhere: after a server-sent event it reads itself again. It never says that
// it is live while no changes arrive.
(() => {
  const bar = document.querySelector("[data-changes]");
  if (bar === null) return;
  const status = bar.querySelector("[aria-live]");
  const button = bar.querySelector("button");
  const SILENCE = 15_000; // the server says something every five seconds
  const AT_LEAST = 60_000; // what is late becomes so by time alone, which changes nothing
  const AGAIN = 2_000;
  const SOON = 200;
  // A browser opens six connections to a server, for all its pages together. Streams leave two of them to reading and
  // acting; a page that gets none reads itself every few seconds.
  const STREAMS = 4;
  const WITHOUT_STREAM = 5_000;
  let opening = 0; // counts openings; what belongs to an earlier one is over
  let isOpen = false;
  let stream = null;
  let giveBack = () => {};
  let timer = 0;
  let isPaused = false;
  let isReading = false;
  let isDue = false;
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
    opening += 1;
    isOpen = false;
    clearTimeout(timer);
    stream?.close();
    stream = null;
    giveBack();
    giveBack = () => {};
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

  async function open() {
    close();
    if (isPaused || document.hidden) return;
    const mine = opening;
    const free = await place();
    if (mine !== opening) { free?.(); return; }
    isOpen = true;
    if (free === null) {
      timer = setTimeout(open, WITHOUT_STREAM);
      read();
      return;
    }
    giveBack = free;
    stream = new EventSource(bar.dataset.changes);
    received();
    on("live", read);
    on("changed", read);
    on("beat", () => { if (new Date() - readAt > AT_LEAST) read(); });
    on("lost", () => lost("the database does not answer"));
    on("ended", () => { close(); lost("sign in again"); });
    stream.onerror = () => later("the server does not answer");
  }

  // Take one of the places for a stream, which all pages of this browser share; return how it is given back, or null
  // where none is free. A page that ends gives it back by that.
  async function place() {
    if (navigator.locks === undefined) return () => {};
    for (let number = 1; number <= STREAMS; number += 1) {
      const free = await new Promise((taken) => {
        navigator.locks.request(`xerosync stream ${number}`, { ifAvailable: true }, (lock) =>
          lock === null ? taken(null) : new Promise((end) => taken(end))).catch(() => taken(() => {}));
      });
      if (free !== null) return free;
    }
    return null;
  }

  async function read() {
    isDue = true;
    if (isReading) return;
    isReading = true;
    try {
      while (isDue && isOpen) {
        isDue = false;
        const address = pageAddress();
        const began = new Date();
        const answer = await fetch(address, { headers: { Accept: "text/html" } });
        if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        while (isOpen && isInUse()) await new Promise((end) => setTimeout(end, SOON));
        if (!isOpen) return;
        // The person went to another filter meanwhile: this answer is not of what they see.
        if (address !== pageAddress()) { isDue = true; continue; }
        put(page);
        readAt = began;
        if (stream === null) show("waiting", "Read every 5 seconds: many pages are open");
        else show("live", "Live");
      }
    } catch {
      if (isOpen) later("this page can't be read again");
    } finally {
      isReading = false;
      if (isDue && isOpen) read();
    }
  }
  // An answer to an act stands at the address of the act, which gives no page.
  const pageAddress = () => bar.dataset.page ?? location.href;
  const isInUse = () => xerosync.isPressed() || document.querySelector(".htmx-request") !== null;

  function put(page) {
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      if (fresh === null || fresh.outerHTML === old.outerHTML) continue;
      const forms = [...old.querySelectorAll("form")].filter(isBeingFilledIn);
      if (forms.some((form) => fresh.querySelector(`form[id="${form.id}"]`) === null)) continue;
      const focus = xerosync.focusOf(old);
      const opened = [...old.querySelectorAll("details")].map((each) => each.open);
      fresh.querySelectorAll("details").forEach((each, place) => { each.open = opened[place] ?? each.open; });
      for (const form of forms) fresh.querySelector(`form[id="${form.id}"]`).replaceWith(form);
      old.replaceWith(fresh);
      htmx.process(fresh);
      focus(fresh);
    }
  }
  // What a person chose or typed stays, and so does where they are about to do so.
  const isBeingFilledIn = (form) => [...form.elements].some((each) =>
    each.matches("select, textarea, input:not([type=hidden])") && (each === document.activeElement || isChanged(each)));
  const isChanged = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
    return field.selectedIndex !== Math.max(0, [...field.options].findIndex((each) => each.defaultSelected));
  };

  button.addEventListener("click", () => {
    isPaused = !isPaused;
    if (isPaused) { close(); show("paused", `Paused ${asOf()}`); } else { show("waiting", "Reading …"); open(); }
  });
  // A page that nobody sees gives its stream back.
  document.addEventListener("visibilitychange", () => {
    if (isPaused) return;
    if (document.hidden) { close(); show("waiting", `Read ${asOf()}`); } else { open(); }
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted && !isPaused) open(); });
  show("waiting", "Reading …");
  open();
})();
