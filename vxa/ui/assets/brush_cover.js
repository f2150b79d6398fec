// What covers a layer: one value a pixel, 0 to 255, row after row. Functions of arrays, which know no page.
(function () {
  "use strict";
  const vxa = (window.vxa = window.vxa || {});
  const HALF = 128;
  const SMALLEST_BLOB = 2e-4; // part of the picture below which a speck is no blob

  const within = (value, low, high) => Math.min(Math.max(value, low), high);

  // The part of a size that a stroke between two points touches
  function touched(size, from, to, reach) {
    const left = within(Math.floor(Math.min(from.x, to.x) - reach), 0, size.width);
    const top = within(Math.floor(Math.min(from.y, to.y) - reach), 0, size.height);
    const right = within(Math.ceil(Math.max(from.x, to.x) + reach), 0, size.width);
    const bottom = within(Math.ceil(Math.max(from.y, to.y) + reach), 0, size.height);
    return { left, top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
  }

  // Draw from one point {x, y, radius} to another into a stroke, which keeps the most of all its parts, so that a
  // stroke that crosses itself grows no darker. `hardness` is the part of the radius that is wholly covered.
  function draw(stroke, size, from, to, hardness) {
    const box = touched(size, from, to, Math.max(from.radius, to.radius) + 1);
    const [along, down] = [to.x - from.x, to.y - from.y];
    const length = along * along + down * down || 1;
    for (let y = box.top; y < box.top + box.height; y++) {
      for (let x = box.left; x < box.left + box.width; x++) {
        const [right, below] = [x + 0.5 - from.x, y + 0.5 - from.y];
        const way = within((right * along + below * down) / length, 0, 1);
        const radius = from.radius + way * (to.radius - from.radius);
        const distance = Math.hypot(right - way * along, below - way * down);
        const part = within((radius + 0.5 - distance) / Math.max(1, radius * (1 - hardness)), 0, 1);
        const value = 255 * part * part * (3 - 2 * part);
        const at = y * size.width + x;
        if (value > stroke[at]) stroke[at] = value;
      }
    }
    return box;
  }

  // Lay a stroke over what was there before, or take it away
  function blend(cover, before, stroke, size, box, erases) {
    for (let y = box.top; y < box.top + box.height; y++) {
      const end = y * size.width + box.left + box.width;
      for (let at = end - box.width; at < end; at++) {
        const share = stroke[at] / 255;
        cover[at] = erases ? before[at] * (1 - share) : before[at] + (255 - before[at]) * share;
      }
    }
  }

  // The connected pixels around one that are covered, or not, as it is; `visit` gets each of them
  function flood(cover, size, start, seen, isDiagonal, visit) {
    const { width, height } = size;
    const isIn = cover[start] >= HALF;
    const waiting = [start];
    seen[start] = 1;
    while (waiting.length) {
      const at = waiting.pop();
      visit(at);
      const x = at % width;
      const y = (at - x) / width;
      for (let down = -1; down <= 1; down++) {
        for (let along = -1; along <= 1; along++) {
          if (!isDiagonal && along && down) continue;
          if (x + along < 0 || x + along >= width || y + down < 0 || y + down >= height) continue;
          const next = at + down * width + along;
          if (seen[next] || cover[next] >= HALF !== isIn) continue;
          seen[next] = 1;
          waiting.push(next);
        }
      }
    }
  }

  // Cover the gap around a pixel; around one that is covered, take its blob away. Soft rims go along: on from what was
  // found for as long as values rise towards the outline, or fall away from the blob.
  function fill(cover, size, start) {
    const value = cover[start] >= HALF ? 0 : 255;
    const seen = new Uint8Array(cover.length);
    const found = [];
    flood(cover, size, start, seen, value === 0, (at) => found.push(at));
    const before = cover.slice();
    while (found.length) {
      const at = found.pop();
      cover[at] = value;
      for (const step of [-1, 1, -size.width, size.width]) {
        const next = at + step;
        const isBeside = Math.abs(step) > 1 || Math.floor(next / size.width) === Math.floor(at / size.width);
        const rises = value ? before[next] >= before[at] && before[next] < 255 : before[next] <= before[at] && before[next] > 0;
        if (seen[next] || !isBeside || !rises) continue;
        seen[next] = 1;
        found.push(next);
      }
    }
  }

  // Count separate blobs; pixels that touch at a corner belong together
  function countBlobs(cover, size) {
    const seen = new Uint8Array(cover.length);
    let count = 0;
    for (let at = 0; at < cover.length; at++) {
      if (seen[at] || cover[at] < HALF) continue;
      let cells = 0;
      flood(cover, size, at, seen, true, () => cells++);
      if (cells >= SMALLEST_BLOB * cover.length) count++;
    }
    return count;
  }

  // Along one axis: each new place as [[old place, weight], …]. Shrinking averages; growing interpolates, or repeats
  // where `isExact`, so that shrinking by the same whole factor brings back exactly what was.
  function weights(from, to, isExact) {
    const ratio = from / to;
    return Array.from({ length: to }, (_, place) => {
      const start = place * ratio;
      if (ratio >= 1) {
        const parts = [];
        for (let old = Math.floor(start); old < start + ratio - 1e-9; old++) {
          parts.push([old, (Math.min(old + 1, start + ratio) - Math.max(old, start)) / ratio]);
        }
        return parts;
      }
      if (isExact) return [[Math.min(Math.floor(start + 1e-9), from - 1), 1]];
      const middle = within(start + ratio / 2 - 0.5, 0, from - 1);
      const low = Math.floor(middle);
      return [[low, 1 - (middle - low)], [Math.min(low + 1, from - 1), middle - low]];
    });
  }

  function resized(cover, from, to, isExact) {
    if (from.width === to.width && from.height === to.height) return cover.slice();
    const columns = weights(from.width, to.width, isExact);
    const rows = weights(from.height, to.height, isExact);
    const wide = new Float32Array(to.width * from.height);
    for (let y = 0; y < from.height; y++) {
      for (let x = 0; x < to.width; x++) {
        let sum = 0;
        for (const [old, weight] of columns[x]) sum += weight * cover[y * from.width + old];
        wide[y * to.width + x] = sum;
      }
    }
    const out = new Uint8ClampedArray(to.width * to.height);
    for (let y = 0; y < to.height; y++) {
      for (let x = 0; x < to.width; x++) {
        let sum = 0;
        for (const [old, weight] of rows[y]) sum += weight * wide[old * to.width + x];
        out[y * to.width + x] = sum;
      }
    }
    return out;
  }

  // A part of a cover, to be put back later
  function take(cover, size, box) {
    const part = new Uint8ClampedArray(box.width * box.height);
    for (let row = 0; row < box.height; row++) {
      const start = (box.top + row) * size.width + box.left;
      part.set(cover.subarray(start, start + box.width), row * box.width);
    }
    return part;
  }

  function put(cover, size, box, part) {
    for (let row = 0; row < box.height; row++) {
      cover.set(part.subarray(row * box.width, (row + 1) * box.width), (box.top + row) * size.width + box.left);
    }
  }

  function joined(one, other) {
    if (!one || !one.width || !one.height) return other;
    const left = Math.min(one.left, other.left);
    const top = Math.min(one.top, other.top);
    const right = Math.max(one.left + one.width, other.left + other.width);
    const bottom = Math.max(one.top + one.height, other.top + other.height);
    return { left, top, width: right - left, height: bottom - top };
  }

  vxa.cover = { draw, blend, fill, countBlobs, resized, take, put, joined };
})();
