"use strict";
// Refusals come with a status that htmx would pass over: their words belong where the answer was meant to go.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400 && event.detail.xhr.getResponseHeader("HX-Redirect") === null) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    event.detail.selectOverride = "unset";
  }
});
