#!/usr/bin/env node
/*
 * Starts Onward; what people type is bin/onward. Written in ES5, so that every Node there is can read it and be told
 * that it is too old.
 *
 * In a checkout the source is run as it is (type stripping), in a package the build.
 */
// biome-ignore-all lint/style/useNodejsImportProtocol: older Nodes do not know it
// biome-ignore-all lint/complexity/useArrowFunction: ES5
// biome-ignore-all lint/complexity/noArguments: ES5
// biome-ignore-all lint/style/useTemplate: ES5
"use strict";
var fs = require("fs");
var path = require("path");

var needed = 24;
var root = path.join(__dirname, "..");
var args = process.argv.slice(2);

if (parseInt(process.versions.node, 10) < needed) refuse();
else if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) console.log(version());
else start();

function start() {
  // Not below the system's temporary directory, node's default: there an agent could leave code for us (T1).
  var home = process.env.HOME;
  var caches = process.env.XDG_CACHE_HOME || (home ? path.join(home, ".cache") : "");
  if (path.isAbsolute(caches)) require("module").enableCompileCache(path.join(caches, "onward", "compile"));
  var source = path.join(root, "src", "cli", "main.ts");
  var inCheckout = fs.existsSync(source);
  if (inCheckout) dropStrippingWarning();
  require(inCheckout ? source : path.join(root, "dist", "cli", "main.js")).main(process.argv);
}

/* Early releases of Node 24 call type stripping experimental, once, and nobody here can do anything about it. */
function dropStrippingWarning() {
  var emitWarning = process.emitWarning;
  process.emitWarning = function (warning) {
    if (/^Type Stripping is an experimental feature/.test(String(warning))) process.emitWarning = emitWarning;
    else emitWarning.apply(process, arguments);
  };
}

function refuse() {
  var platform = process.platform + "-" + process.arch;
  var again = args
    .map(function (arg) {
      return /^[\w.,:=@%+/-]+$/.test(arg) ? arg : "'" + arg.replace(/'/g, "'\\''") + "'";
    })
    .join(" ");
  var command = fs.existsSync(path.join(root, "node_modules", "node", "bin", "node"))
    ? path.join(root, "bin", "onward")
    : "npx -p node-" + platform + "@" + needed + " -p onward onward";
  console.error(
    "error: Onward needs Node " + needed + " or newer; this is Node " + process.versions.node + ".",
  );
  console.error("hint: " + command + (again && " " + again));
  process.exitCode = 1;
}

function version() {
  return JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")).version;
}
