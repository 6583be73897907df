"use strict";
// Skeletons on canvases: quantised joints, a rotation matrix, a floor. Knows no joint by name.
(() => {
  const data = JSON.parse(document.querySelector("#clips").textContent);
  const byId = (id) => document.querySelector(`#${id}`);
  const { skeleton } = data;
  const flat = skeleton.dimensions === 2;
  const START = { yaw: flat ? 0 : -0.6, pitch: flat ? 0 : 0.14, zoom: 1 };
  // Of the viewer, in heights of the body.
  const DISTANCE = 6;
  const state = { ...START, row: 0, sample: 0, time: 0, speed: 1, playing: false, follow: true };
  const views = ["real", "synthetic", "nearest"].map((kind) => {
    const canvas = byId(`canvas-${kind}`);
    const figure = canvas.closest("figure");
    return { kind, canvas, figure, caption: figure.querySelector("figcaption span"), clip: null };
  });
  const decoded = new Map();
  let colours = {};

  const words = (name) => String(name).replaceAll("_", " ");
  const joints = (place) => {
    if (!decoded.has(place)) {
      const clip = data.clips[place];
      const text = atob(clip.data);
      const bytes = Uint8Array.from(text, (letter) => letter.codePointAt(0));
      const view = new DataView(bytes.buffer);
      const values = new Float32Array(bytes.length / 2);
      for (let index = 0; index < values.length; index += 1) {
        values[index] = (view.getInt16(2 * index, true) / 32_767) * clip.scale;
      }
      decoded.set(place, values);
    }
    return decoded.get(place);
  };
  // Joints [V][3] of a clip at a time in its own frames, between two that are stored.
  const poseAt = (place, time) => {
    const clip = data.clips[place];
    const values = joints(place);
    const size = skeleton.joints * skeleton.dimensions;
    const last = clip.frames - 1;
    const share = clip.length > 1 ? Math.min(time / (clip.length - 1), 1) : 0;
    const below = Math.min(Math.floor(share * last), Math.max(last - 1, 0));
    const weight = share * last - below;
    const above = Math.min(below + 1, last);
    return Array.from({ length: skeleton.joints }, (_, joint) => {
      const point = [0, 0, 0];
      for (let axis = 0; axis < skeleton.dimensions; axis += 1) {
        const offset = joint * skeleton.dimensions + axis;
        const first = values[below * size + offset];
        point[axis] = first + weight * (values[above * size + offset] - first);
      }
      return point;
    });
  };
  // The centres of the bodies of a pose; a second body that is but a point was never there.
  const centres = (pose) => {
    const each = skeleton.joints / skeleton.people;
    const found = [];
    for (let body = 0; body < skeleton.people; body += 1) {
      const own = pose.slice(body * each, (body + 1) * each);
      const centre = own[skeleton.centre];
      if (body === 0 || own.some((joint) => joint.some((at, axis) => at !== centre[axis]))) {
        found.push(centre);
      }
    }
    return found;
  };
  const between = (points) =>
    [0, 1, 2].map((axis) => points.reduce((sum, one) => sum + one[axis], 0) / points.length);
  // How far apart two bodies ever are in a clip, so that both stay in sight while it plays.
  const spans = new Map();
  const spanOf = (place) => {
    if (!spans.has(place)) {
      let widest = 0;
      const { length } = data.clips[place];
      for (let frame = 0; frame < length && skeleton.people > 1; frame += 1) {
        const [first, second = first] = centres(poseAt(place, frame));
        widest = Math.max(widest, Math.hypot(second[0] - first[0], second[2] - first[2]));
      }
      spans.set(place, widest);
    }
    return spans.get(place);
  };
  const projector = (canvas, target, span) => {
    const tall = (0.62 * canvas.height) / data.height;
    const wide = span > 0 ? (0.94 * canvas.width) / (span + 0.6 * data.height) : tall;
    const scale = Math.min(tall, wide) * state.zoom;
    const sinYaw = Math.sin(state.yaw);
    const cosYaw = Math.cos(state.yaw);
    const sinPitch = Math.sin(state.pitch);
    const cosPitch = Math.cos(state.pitch);
    const far = DISTANCE * data.height;
    return (point) => {
      const x = point[0] - target[0];
      const y = point[1] - 0.5 * data.height;
      const z = point[2] - target[2];
      const across = cosYaw * x + sinYaw * z;
      const ahead = cosYaw * z - sinYaw * x;
      const upwards = cosPitch * y - sinPitch * ahead;
      const depth = sinPitch * y + cosPitch * ahead;
      const near = flat ? 1 : far / Math.max(far - depth, 0.2 * far);
      return [
        0.5 * canvas.width + scale * near * across,
        0.52 * canvas.height - scale * near * upwards,
        depth,
      ];
    };
  };
  const line = (context, from, to) => {
    context.beginPath();
    context.moveTo(from[0], from[1]);
    context.lineTo(to[0], to[1]);
    context.stroke();
  };
  const drawFloor = (context, project, target, pixel) => {
    context.strokeStyle = colours.line;
    context.lineWidth = pixel;
    const step = data.height / 3;
    const reach = 4;
    if (flat) {
      line(context, project([target[0] - 9 * step, 0, 0]), project([target[0] + 9 * step, 0, 0]));
      return;
    }
    const middle = [Math.round(target[0] / step) * step, Math.round(target[2] / step) * step];
    for (let place = -reach; place <= reach; place += 1) {
      const [x, z] = [middle[0] + place * step, middle[1] + place * step];
      const [left, right] = [middle[0] - reach * step, middle[0] + reach * step];
      const [back, front] = [middle[1] - reach * step, middle[1] + reach * step];
      line(context, project([x, 0, back]), project([x, 0, front]));
      line(context, project([left, 0, z]), project([right, 0, z]));
    }
  };
  const drawBody = (context, pose, project, pixel) => {
    const points = pose.map((point) => project(point));
    const single = skeleton.joints / skeleton.people;
    const bones = [];
    for (const [side, pairs] of Object.entries(skeleton.bones)) {
      for (const [parent, child] of pairs) {
        const depth = points[parent][2] + points[child][2];
        bones.push({ depth, side, ends: [points[parent], points[child]], second: child >= single });
      }
    }
    bones.sort((first, second) => first.depth - second.depth);
    context.lineCap = "round";
    const wide = 3.4 * pixel * Math.sqrt(state.zoom);
    for (const bone of bones) {
      context.globalAlpha = bone.second ? 0.62 : 1;
      context.strokeStyle = colours[bone.side];
      context.lineWidth = wide;
      line(context, ...bone.ends);
    }
    context.fillStyle = colours.trunk;
    for (const head of skeleton.heads) {
      context.globalAlpha = head >= single ? 0.62 : 1;
      context.beginPath();
      const radius = 0.033 * context.canvas.height * state.zoom;
      context.arc(points[head][0], points[head][1], radius, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  };
  const draw = () => {
    for (const view of views) {
      const { canvas } = view;
      const pixel = Math.min(globalThis.devicePixelRatio || 1, 2);
      const [width, height] = [canvas.clientWidth * pixel, canvas.clientHeight * pixel];
      if (canvas.width !== Math.round(width) || canvas.height !== Math.round(height)) {
        canvas.width = Math.round(width);
        canvas.height = Math.round(height);
      }
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, canvas.width, canvas.height);
      if (view.clip !== null && canvas.width > 0) {
        const pose = poseAt(view.clip, state.time);
        const target = state.follow ? between(centres(pose)) : [0, 0, 0];
        const project = projector(canvas, target, spanOf(view.clip));
        drawFloor(context, project, target, pixel);
        drawBody(context, pose, project, pixel);
      }
    }
  };
  const longest = () =>
    Math.max(1, ...views.map((view) => (view.clip === null ? 0 : data.clips[view.clip].length - 1)));
  const show = () => {
    byId("player-time").max = String(longest());
    byId("player-time").value = String(state.time);
    byId("player-frame").textContent = `frame ${Math.round(state.time) + 1} of ${longest() + 1}`;
    byId("player-play").textContent = state.playing ? "Pause" : "Play";
    draw();
  };
  const about = (view) => {
    if (view.clip === null) {
      return "";
    }
    const clip = data.clips[view.clip];
    const row = data.rows[state.row];
    const away = row.distance[state.sample];
    const told = `${words(data.classes[clip.class])}, ${clip.length} frames`;
    return view.kind === "nearest"
      ? `${told}, ${away} ${skeleton.unit} from the synthetic one (a joint, root mean square)`
      : told;
  };
  const choose = () => {
    const row = data.rows[state.row];
    const samples = Math.max(row.real.length, row.synthetic.length);
    state.sample = Math.min(state.sample, samples - 1);
    for (const view of views) {
      const list = row[view.kind];
      view.clip = list.length > 0 ? list[Math.min(state.sample, list.length - 1)] : null;
      view.figure.hidden = view.clip === null;
      view.caption.textContent = about(view);
    }
    const options = Array.from({ length: samples }, (_, place) => new Option(String(place + 1), String(place)));
    byId("player-sample").replaceChildren(...options);
    byId("player-sample").value = String(state.sample);
    state.time = 0;
    show();
  };
  let before = 0;
  const tick = (now) => {
    if (!state.playing) {
      return;
    }
    const passed = Math.min(now - before, 100) / 1000;
    before = now;
    // The last pose stands a little.
    const rest = 0.4 * data.frames_per_second;
    state.time += passed * state.speed * data.frames_per_second;
    if (state.time > longest() + rest) {
      state.time = 0;
    }
    const { time } = state;
    state.time = Math.min(time, longest());
    show();
    state.time = time;
    globalThis.requestAnimationFrame(tick);
  };
  const play = (playing) => {
    if (playing && !state.playing) {
      before = performance.now();
      globalThis.requestAnimationFrame(tick);
    }
    state.playing = playing;
    state.time = Math.min(state.time, longest());
    show();
  };
  const turn = (yaw, pitch) => {
    if (!flat) {
      state.yaw += yaw;
      state.pitch = Math.max(-0.4, Math.min(1.5, state.pitch + pitch));
      draw();
    }
  };
  const zoom = (factor) => {
    state.zoom = Math.max(0.4, Math.min(4, state.zoom * factor));
    draw();
  };
  const step = (frames) => {
    play(false);
    state.time = Math.max(0, Math.min(longest(), Math.round(state.time) + frames));
    show();
  };
  const reset = () => {
    Object.assign(state, START);
    draw();
  };
  const readColours = () => {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(name).trim();
    colours = { left: of("--blue"), right: of("--orange"), trunk: of("--ink"), line: of("--line") };
    draw();
  };

  data.rows.forEach((row, place) => {
    byId("player-class").append(new Option(words(data.classes[row.class]), String(place)));
  });
  byId("player-class").addEventListener("change", (event) => {
    state.row = Number(event.target.value);
    choose();
  });
  byId("player-sample").addEventListener("change", (event) => {
    state.sample = Number(event.target.value);
    choose();
  });
  byId("player-speed").addEventListener("change", (event) => {
    state.speed = Number(event.target.value);
  });
  byId("player-follow").addEventListener("change", (event) => {
    state.follow = event.target.checked;
    draw();
  });
  byId("player-time").addEventListener("input", (event) => {
    play(false);
    state.time = Number(event.target.value);
    show();
  });
  byId("player-play").addEventListener("click", () => play(!state.playing));
  byId("player-left").addEventListener("click", () => turn(-0.2, 0));
  byId("player-right").addEventListener("click", () => turn(0.2, 0));
  byId("player-in").addEventListener("click", () => zoom(1.2));
  byId("player-out").addEventListener("click", () => zoom(1 / 1.2));
  byId("player-reset").addEventListener("click", reset);
  for (const id of flat ? ["player-left", "player-right"] : []) {
    byId(id).hidden = true;
  }
  const stage = byId("player-stage");
  const keys = {
    ArrowLeft: () => turn(-0.1, 0),
    ArrowRight: () => turn(0.1, 0),
    ArrowUp: () => turn(0, 0.1),
    ArrowDown: () => turn(0, -0.1),
    "+": () => zoom(1.1),
    "=": () => zoom(1.1),
    "-": () => zoom(1 / 1.1),
    ",": () => step(-1),
    ".": () => step(1),
    r: reset,
    " ": () => play(!state.playing),
  };
  stage.addEventListener("keydown", (event) => {
    const action = keys[event.key];
    if (action && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      action();
    }
  });
  let held = null;
  stage.addEventListener("pointerdown", (event) => {
    held = [event.clientX, event.clientY];
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (held) {
      turn((event.clientX - held[0]) * 0.01, event.pointerType === "mouse" ? (event.clientY - held[1]) * 0.01 : 0);
      held = [event.clientX, event.clientY];
    }
  });
  const release = () => {
    held = null;
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);
  document.addEventListener("themechange", readColours);
  new ResizeObserver(draw).observe(stage);
  choose();
  readColours();
  const still = globalThis.matchMedia("(prefers-reduced-motion: reduce)");
  const watcher = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && !still.matches) {
      watcher.disconnect();
      play(true);
    }
  }, { threshold: 0.6 });
  watcher.observe(stage);
})();
