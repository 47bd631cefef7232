// A person named below a picture is shown in it; a clip is played in the player above it.
function point(event, on) {
  const named = event.target.closest?.(".persons [data-person]");
  const box = named?.closest(".photograph").querySelector(`rect[data-person="${named.dataset.person}"]`);
  box?.classList.toggle("named", on);
}

for (const [begins, ends] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
  document.addEventListener(begins, (event) => point(event, true));
  document.addEventListener(ends, (event) => point(event, false));
}

const stops = new WeakMap();

document.addEventListener("click", (event) => {
  const clip = event.target.closest?.("[data-clip]");
  const player = clip && document.querySelector(`[data-recording="${clip.dataset.clip}"] :is(audio, video)`);
  if (!player) return;
  event.preventDefault();
  if (stops.has(player)) player.removeEventListener("timeupdate", stops.get(player));
  const stop = () => {
    if (player.currentTime < Number(clip.dataset.end)) return;
    player.pause();
    player.removeEventListener("timeupdate", stop);
  };
  stops.set(player, stop);
  player.addEventListener("timeupdate", stop);
  player.currentTime = Number(clip.dataset.begin);
  player.play();
});
