(() => {
  "use strict";
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const boxes = [...form.elements.v];
  const bearings = [...form.elements.b];
  const claims = [...document.querySelectorAll(".claim")].map((element) => ({
    element,
    word: element.dataset.word,
    bearing: element.dataset.bearing,
    text: (element.querySelector(".card").id + " " + element.querySelector("summary").textContent + " " +
      element.closest(".asserted").querySelector("h4").textContent + " " +
      element.closest(".paper").querySelector("h3").textContent).toLowerCase(),
  }));

  const checked = (all) => all.filter((box) => box.checked).map((box) => box.value);

  function filter() {
    const wanted = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const words = checked(boxes), about = checked(bearings);
    let count = 0;
    for (const claim of claims) {
      const fits = words.includes(claim.word) && about.includes(claim.bearing) &&
        wanted.every((part) => claim.text.includes(part));
      claim.element.hidden = !fits;
      count += fits;
    }
    for (const group of document.querySelectorAll(".asserted, .paper"))
      group.hidden = !group.querySelector(".claim:not([hidden])");
    shown.textContent = count + " of " + claims.length + (claims.length === 1 ? " form" : " forms");
    return [words, about];
  }

  function remember() {
    const [words, about] = filter();
    const query = new URLSearchParams();
    if (form.elements.q.value) query.set("q", form.elements.q.value);
    if (words.length < boxes.length) query.set("v", words.join(","));
    if (about.length < bearings.length) query.set("b", about.join(","));
    const address = String(query) ? "?" + query : location.pathname;
    try { history.replaceState(null, "", address + location.hash); } catch { /* a sandboxed page */ }
  }

  function recall() {
    const query = new URLSearchParams(location.search);
    form.elements.q.value = query.get("q") || "";
    for (const box of [...boxes, ...bearings])
      if (query.has(box.name)) box.checked = query.get(box.name).split(",").includes(box.value);
    filter();
  }

  function reveal() {
    const card = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const claim = card && card.closest(".claim");
    if (!claim) return;
    if (claim.hidden) { form.reset(); remember(); }
    claim.querySelector("details").open = true;
    claim.scrollIntoView();
  }

  form.hidden = false;
  form.addEventListener("input", remember);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll(".claim > details")) details.open = true;
  });

  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
    });
  }

  recall();
  reveal();
})();
