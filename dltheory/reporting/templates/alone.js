(() => {
  "use strict";
  const parts = [...document.querySelectorAll("[data-paper]")];
  const keys = new Set(parts.map((part) => part.dataset.paper));

  function alone() {
    const hash = decodeURIComponent(location.hash.slice(1));
    const key = keys.has(hash) ? hash : "";
    document.documentElement.toggleAttribute("data-alone", Boolean(key));
    for (const part of parts) part.classList.toggle("other", Boolean(key) && part.dataset.paper !== key);
    if (key) document.getElementById(key).scrollIntoView();
  }

  addEventListener("hashchange", alone);
  alone();
})();
