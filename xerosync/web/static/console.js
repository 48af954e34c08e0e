"use strict";
// Shared by all pages, and by live.js: parts of a page are replaced while somebody uses it.
const xerosync = (() => {
  const pressed = new Set();
  const down = (event) => pressed.add(event.code ?? "pointer");
  const up = (event) => pressed.delete(event.code ?? "pointer");
  addEventListener("pointerdown", down, true);
  addEventListener("keydown", (event) => { if (["Enter", "NumpadEnter", "Space"].includes(event.code)) down(event); }, true);
  for (const end of ["pointerup", "pointercancel", "dragend", "keyup"]) {
    addEventListener(end, end === "dragend" ? () => pressed.clear() : up, true);
  }
  addEventListener("blur", () => pressed.clear());
  // A menu of the browser may take the release.
  addEventListener("pointermove", (event) => { if (event.buttons === 0) pressed.delete("pointer"); }, true);

  const nameOf = (element) => element.id
    || `${element.tagName} ${element.getAttribute("href") ?? element.getAttribute("name") ?? ""} ${element.textContent}`;

  // Remember what has the focus inside a part; the function returned gives it back in the part that took its place.
  // Where that has no such thing any more, the part itself has the focus: the next Tab goes on from there.
  function focusOf(part) {
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    const name = focused === null ? null : nameOf(focused);
    return (fresh) => {
      if (focused === null || fresh === null || fresh.contains(document.activeElement)) return;
      const same = [...fresh.querySelectorAll("a, button, summary, input, select, textarea, [tabindex]")];
      const found = focused.isConnected ? focused : same.find((each) => nameOf(each) === name);
      if (found === undefined) fresh.tabIndex = -1;
      (found ?? fresh).focus({ preventScroll: true });
    };
  }

  // Whether a button of the mouse or a key is down: who replaces what is under it loses the click.
  return { focusOf, isPressed: () => pressed.size > 0 };
})();

let giveBack = () => {};
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, elt, target } = event.detail;
  // Refusals come with a status that htmx would pass over: their words belong where the answer was meant to go.
  if (xhr.status >= 400 && xhr.getResponseHeader("HX-Redirect") === null) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    event.detail.selectOverride = "unset";
  }
  // A part that reads itself does so again soon.
  if (elt === target && xerosync.isPressed()) event.detail.shouldSwap = false;
  const back = xerosync.focusOf(target);
  giveBack = () => back(document.getElementById(target.id));
});
document.addEventListener("htmx:afterSwap", () => giveBack());
