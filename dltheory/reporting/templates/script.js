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

  const packs = [...document.querySelectorAll("script.pack")];
  const together = packs.length ? Number(packs[0].dataset.of) : 1;
  const opened = new Map();

  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return JSON.parse(await new Response(stream).text());
  }

  async function unpack(place) {
    if (!opened.has(place)) opened.set(place, await unpacked(packs[place].textContent));
    return opened.get(place);
  }

  function put(holder, texts) {
    const card = holder.querySelector(".card");
    if (card.childElementCount) return;
    card.innerHTML = texts[Number(holder.dataset.card) % together];
    for (const button of card.querySelectorAll(".copy")) button.hidden = false;
  }

  const place = (holder) => Math.floor(Number(holder.dataset.card) / together);
  const fill = async (holder) => put(holder, await unpack(place(holder)));

  async function reveal() {
    const card = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const claim = card && card.closest(".claim");
    if (!claim) return;
    if (claim.hidden) { form.reset(); remember(); }
    await fill(claim);
    claim.querySelector("details").open = true;
    claim.scrollIntoView();
  }

  function print() {
    for (const holder of document.querySelectorAll("[data-card]")) {
      if (holder.hidden || holder.closest(".other") || !opened.has(place(holder))) continue;
      put(holder, opened.get(place(holder)));
      (holder.matches("details") ? holder : holder.querySelector("details")).open = true;
    }
    for (const details of document.querySelectorAll("details.why")) details.open = true;
  }

  form.hidden = false;
  form.addEventListener("input", remember);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", print);
  addEventListener("toggle", (event) => {
    const holder = event.target.closest("[data-card]");
    if (holder && event.target.open) fill(holder);
  }, true);
  document.addEventListener("click", async (event) => {
    if (!event.target.matches(".copy")) return;
    const code = event.target.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      event.target.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      event.target.textContent = "Selected";
    }
  });

  // cards are printed only where they were unpacked before: all of them, unless there are too many
  const unpackAll = async () => { for (const index of packs.keys()) await unpack(index); };
  if (claims.length <= 1500) unpackAll().then(() => { document.documentElement.dataset.ready = ""; });

  recall();
  reveal();
})();
