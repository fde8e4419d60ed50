// SPDX-FileCopyrightText: 2026 The Switchroom authors
// SPDX-License-Identifier: Apache-2.0
// Draws a flow: dagre places the nodes, this makes them SVG.  Everything named by people goes in as text.

import * as dagre from "./vendor/dagre.js";

const box = document.getElementById("graph");
const graph = JSON.parse(box.dataset.graph);
const SVG = "http://www.w3.org/2000/svg";

function make(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const pen = document.createElement("canvas").getContext("2d");
pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
const wide = (text) => pen.measureText(text).width;
const short = (text) => (text.length > 28 ? `${text.slice(0, 27)}…` : text);

function placed() {
  const g = new dagre.Graph({ multigraph: true });
  g.setGraph({ rankdir: "TB", nodesep: 26, ranksep: 42, marginx: 12, marginy: 12 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) {
    const lines = [short(node.title), [node.kind, short(node.detail)].filter(Boolean).join(" · ")].filter(Boolean);
    g.setNode(`n${node.id}`, { ...node, lines, width: Math.max(70, ...lines.map(wide)) + 24, height: 14 + 16 * lines.length });
  }
  graph.ways.forEach((way, index) => {
    g.setEdge(`n${way.from}`, `n${way.to}`, { label: way.label, width: way.label ? wide(way.label) + 8 : 0, height: way.label ? 16 : 0, labelpos: "c" }, `w${index}`);
  });
  dagre.layout(g);
  return g;
}

function drawnNode(node) {
  const group = make("g", { class: `node ${node.class}`, transform: `translate(${node.x - node.width / 2},${node.y - node.height / 2})` });
  group.append(make("rect", { width: node.width, height: node.height }));
  node.lines.forEach((line, index) => {
    group.append(make("text", { x: node.width / 2, y: 19 + 16 * index, class: index ? "kind" : "title" }, line));
  });
  if (!node.href) return group;
  const link = make("a", { href: node.href, "aria-label": `${node.title} ${node.kind}` }, group);
  return link;
}

function drawnWay(way) {
  const [first, ...rest] = way.points;
  const path = `M${first.x},${first.y}` + rest.map((point) => `L${point.x},${point.y}`).join("");
  const group = make("g", {}, make("path", { d: path, "marker-end": "url(#tip)" }));
  if (way.label) {
    const label = make("g", { class: "label", transform: `translate(${way.x},${way.y})` });
    label.append(make("rect", { x: -way.width / 2, y: -8, width: way.width, height: 16 }), make("text", { y: 4 }, way.label));
    group.append(label);
  }
  return group;
}

const g = placed();
const { width, height } = g.graph();
const tip = make("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto" }, make("path", { d: "M0,0L8,4L0,8z" }));
const picture = make("svg", { width, height, viewBox: `0 0 ${width} ${height}` }, make("defs", {}, tip));
picture.append(...g.edges().map((edge) => drawnWay(g.edge(edge))), ...g.nodes().map((name) => drawnNode(g.node(name))));
box.replaceChildren(picture);
