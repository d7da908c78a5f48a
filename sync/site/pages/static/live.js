// Keeps an open page true: asks for it again, and puts in what has changed (R12.5).
"use strict";

(() => {
  const { localize, say } = window.connectUp;
  const SLOWER = 1.5; // how much longer the next wait is where nothing has changed
  const PATIENCE = 2; // looks without an answer until that is said
  const TOO_LONG = 40000; // milliseconds after which no answer is waited for
  const OLD_FIELDS = "input[name=csrf_token], input[name=form_of]";
  const main = document.getElementById("main");

  // --- what a page says that can't be kept true: sentences of the page itself ---

  let told = "", lookAgain = () => {};
  function tell(name) {
    if (told === name) return;
    told = name;
    const place = document.getElementById("live-notice");
    if (name) place.replaceChildren(document.getElementById(name).content.cloneNode(true));
    else place.replaceChildren();
    if (name === "live-ended" && window.self !== window.top) logInForFrame(place);
  }

  // Who logs in in a tab of its own is still nobody in a frame of another site: only a link with
  // this frame's ticket leads back (R12.8). The page stays as it is meanwhile.
  async function logInForFrame(place) {
    let form = null;
    try {
      const body = new URLSearchParams({ next: window.location.pathname });
      const answer = await window.fetch("/frame/session", { method: "POST", body, redirect: "manual" });
      if (answer.ok) form = parse(await answer.text()).getElementById("own-window");
    } catch {
      // Without a network nobody can log in either.
    }
    if (!form || told !== "live-ended") return;
    form.querySelector("button").remove();
    place.querySelector("a").remove();
    place.firstElementChild.append(document.importNode(form, true));
    window.connectUp.waitForWindow(place.querySelector("form"), () => lookAgain());
  }

  const parse = (text) => new DOMParser().parseFromString(text, "text/html");

  // A part as the server has made it: without how its times are said here, and what was opened.
  function plain(part) {
    const copy = part.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.textContent = "";
    for (const one of copy.querySelectorAll("details")) one.removeAttribute("open");
    for (const field of copy.querySelectorAll(OLD_FIELDS)) field.removeAttribute("value");
    return copy.outerHTML;
  }

  function isEdited(part) {
    for (const field of part.querySelectorAll("input:not([type=hidden]), select, textarea")) {
      const chosen = field.options ? [...field.options].filter((one) => one.defaultSelected) : [];
      if (field.options ? chosen.length && !chosen[0].selected
        : field.value !== field.defaultValue || field.checked !== field.defaultChecked) return true;
    }
    return false;
  }

  // Where somebody is at work nothing is exchanged.
  function isInUse(part) {
    const marked = window.getSelection();
    const isMarked = marked.rangeCount > 0 && !marked.isCollapsed && marked.getRangeAt(0).intersectsNode(part);
    return isMarked || part.contains(document.activeElement) || isEdited(part)
      || part.querySelector("dialog[open], [data-kept]") !== null;
  }

  // --- the parts of a page that the server marks as live ---

  function parts(dress) {
    const all = () => document.querySelectorAll("[data-live]");
    const shown = new Map([...all()].map((part) => [part.id, plain(part)]));
    let newest = null, isLate = false;

    function exchange(part, next) {
      const keys = [...part.querySelectorAll("details[open]")].map((one) => one.dataset.key);
      const made = document.importNode(next, true);
      for (const one of made.querySelectorAll("details[data-key]")) one.open = keys.includes(one.dataset.key);
      localize(made);
      part.replaceWith(made);
      dress(made);
    }

    // Puts in what can be; the rest once nobody is at work in it any more.
    function settle() {
      let isChanged = false;
      isLate = false;
      for (const part of newest ? all() : []) {
        const next = newest.getElementById(part.id);
        if (!next || plain(next) === shown.get(part.id)) continue;
        if (isInUse(part)) {
          const hint = part.querySelector("[data-kept]") && part.querySelector("[data-newer]");
          if (hint) hint.hidden = false;
          isLate = true;
          continue;
        }
        shown.set(part.id, plain(next));
        exchange(part, next);
        isChanged = true;
      }
      return isChanged;
    }
    document.addEventListener("focusout", () => { if (isLate) window.setTimeout(settle); });
    return { settle, show: (next) => { newest = next || newest; return settle(); } };
  }

  // --- one sentence about how things stand, said when it is another one ---

  const sentence = (page) => (page.querySelector("[data-say]") || { dataset: { say: "" } }).dataset.say;
  let said = sentence(document);
  function sayChange(next) {
    const now = sentence(next);
    if (now && now !== said) say(now);
    said = now;
  }

  // --- asking ---

  // Who has logged in anew meanwhile goes on with the forms that are open here.
  function goOn(next) {
    main.dataset.csrf = next.dataset.csrf;
    main.dataset.version = next.dataset.version || "";
    main.toggleAttribute("data-busy", "busy" in next.dataset);
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = next.dataset.csrf;
  }

  // Asks for the page again and again while it can be seen, less often the longer nothing changes.
  //   address, isBusy, isLeftAlone: functions; the last says that an answer is not wanted any more
  //   calm, busy: shortest and longest wait in milliseconds
  //   show: puts a newer page in, or what of the last one had to wait; says whether it has
  function watch({ address, isBusy, calm, busy, show, isLeftAlone = () => false }) {
    let wait = 0, timer = 0, misses = 0, isAsking = false, isOver = false;

    function later(isChanged) {
      const [least, most] = isBusy() ? busy : calm;
      wait = isChanged ? least : Math.min(Math.max(wait * SLOWER, least), most);
      window.clearTimeout(timer);
      if (!document.hidden && !isOver) timer = window.setTimeout(look, wait);
    }

    async function ask() {
      const { version } = main.dataset;
      const headers = { "If-None-Match": `"${version || ""}"` };
      try {
        const answer = await window.fetch(address(), {
          headers, redirect: "manual", credentials: "same-origin", signal: AbortSignal.timeout(TOO_LONG),
        });
        const page = answer.ok ? parse(await answer.text()) : null;
        // A page of somebody between us (a proxy, a hotel's log-in) is no answer of ours.
        return page && !page.getElementById("main") ? { answer: null } : { answer, page };
      } catch {
        return { answer: null };
      }
    }

    function read({ answer, page }) {
      const isAnswer = answer !== null && answer.status < 500 && answer.status !== 429;
      misses = isAnswer ? 0 : misses + 1;
      if (!isAnswer) {
        if (misses >= PATIENCE) tell("live-lost");
        return false;
      }
      isOver = answer.status !== 304 && !answer.ok;
      if (isOver) {
        tell(answer.type === "opaqueredirect" ? "live-ended" : "live-other");
        return false;
      }
      if (answer.ok) return take(page);
      tell("");
      return show(null);
    }

    function take(next) {
      const its = next.getElementById("main");
      isOver = its.dataset.person !== main.dataset.person;
      tell(isOver ? "live-other" : "");
      if (isOver) return false;
      goOn(its);
      const isChanged = show(next);
      sayChange(next);
      return isChanged;
    }

    async function look() {
      if (isAsking) return;
      isAsking = true;
      const found = await ask();
      isAsking = false;
      later(!isLeftAlone() && read(found));
    }

    function comeBack() {
      window.clearTimeout(timer);
      if (document.hidden) return;
      wait = 0;
      look();
    }
    document.addEventListener("visibilitychange", comeBack);
    window.addEventListener("focus", () => { if (isOver) comeBack(); });
    lookAgain = comeBack;
    later(true);
  }

  Object.assign(window.connectUp, { tell, plain, parts, watch });
})();
