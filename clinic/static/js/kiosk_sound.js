// What a kiosk says to whoever does not look: done, again and attention, each its own melody.

const DONE = [[660, 0], [880, 0.12]];
const AGAIN = [[660, 0]];
const ATTENTION = [[330, 0], [262, 0.2], [330, 0.4]];
const LENGTH = 0.16; // seconds, of one note
const LOUD = 0.25;

let context;

// A browser makes no sound before somebody has touched the page.
export function wake() {
  context ??= globalThis.AudioContext && new AudioContext();
  if (context?.state === "suspended") context.resume().catch(() => {});
}

function note(pitch, from) {
  const tone = context.createOscillator();
  const volume = context.createGain();
  const begin = context.currentTime + from;
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0, begin); // risen and fallen: a note that is cut off clicks
  volume.gain.linearRampToValueAtTime(LOUD, begin + 0.02);
  volume.gain.linearRampToValueAtTime(0, begin + LENGTH);
  tone.connect(volume).connect(context.destination);
  tone.start(begin);
  tone.stop(begin + LENGTH);
}

function play(melody) {
  if (context?.state === "running") for (const [pitch, from] of melody) note(pitch, from);
}

export const done = () => play(DONE);
export const again = () => play(AGAIN);
export const attention = () => play(ATTENTION);
