// In a frame: goes on by itself once the log-in in the other window is done.
"use strict";

(() => {
  const OFTEN = 2000; // milliseconds between two looks
  const LONG = 1800000; // milliseconds after which nobody is waited for any more: the link is over

  // Looks whether the log-in is done that the form's link leads to; then goes on, once. Gives what
  // begins to look by itself before the link is pressed.
  function waitForWindow(form, goOn) {
    const began = window.performance.now();
    let timer = 0, isLooking = false;
    form.querySelector("#goes-on").hidden = false;

    async function look() {
      if (isLooking) return;
      isLooking = true;
      try {
        const body = new URLSearchParams(new FormData(form));
        const answer = await window.fetch(form.action, { method: "POST", body, redirect: "manual" });
        if (answer.type === "opaqueredirect") {
          window.clearInterval(timer);
          window.removeEventListener("focus", look);
          goOn();
          return;
        }
      } catch {
        // Without a network there is nothing to go on with yet.
      }
      isLooking = false;
      if (window.performance.now() - began > LONG) window.clearInterval(timer);
    }

    function wait() {
      if (!timer) timer = window.setInterval(look, OFTEN);
    }

    const link = form.querySelector("a");
    link.addEventListener("click", wait);
    link.addEventListener("auxclick", wait);
    window.addEventListener("focus", look);
    return wait;
  }
  window.connectUp = Object.assign(window.connectUp || {}, { waitForWindow });

  const whole = document.querySelector("form#own-window");
  if (!whole) return;
  const wait = waitForWindow(whole, () => window.location.replace(whole.dataset.onward));
  if (document.querySelector("[data-waiting]")) wait();
})();
