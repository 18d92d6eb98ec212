// Opens a page of `oomwatch scan --format html` in a browser without a network, as different people do: light and dark, wide
// and narrow, by keyboard, without scripts, on paper. Prints what it saw as one JSON object; the test checks it.
//
// usage: page_check.cjs BROWSER PAGE DIRECTORY    screenshots are written to DIRECTORY
"use strict";
const { chromium } = require("playwright-core");
const { pathToFileURL } = require("node:url");
const path = require("node:path");

const [browserPath, page, directory] = process.argv.slice(2);
const address = pathToFileURL(page).href;
const SCHEMES = ["light", "dark"];
const WIDTHS = [1280, 360];
const seen = { requests: [], console: [], overflow: {}, contrast: {}, keyboard: {}, errors: [] };

async function open(browser, options) {
        const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
        await context.setOffline(true);
        const tab = await context.newPage();
        await tab.route("**/*", route => {
                if (route.request().url() === address)
                        return route.continue();
                seen.requests.push(route.request().url());
                return route.abort();
        });
        tab.on("console", message => seen.console.push(message.text()));
        tab.on("pageerror", error => seen.console.push(String(error)));
        await tab.goto(address);
        return tab;
}

const unfold = tab => tab.evaluate(() => document.querySelectorAll("details").forEach(details => { details.open = true; }));

// --- what it says -----------------------------------------------------------------------------------------------------

function readNumbers() {
        const number = element => element ? Number(element.value) : null;
        const names = id => Object.fromEntries([...document.querySelectorAll(`#${id} tbody tr`)].map(
                row => [row.querySelector(".name").textContent, [Number(row.cells[1].textContent), number(row.querySelector("data"))]]));
        const figure = id => Number.parseInt(document.querySelector(`#${id} dd`)?.textContent ?? "0", 10);

        return {
                figures: Object.fromEntries(["kills", "by-machine", "by-limit", "by-nodes", "by-unknown"].map(id => [id, figure(id)])),
                owners: names("by-owner"), processes: names("by-name"), days: names("by-day"), hosts: names("by-host"),
                incidents: [...document.querySelectorAll(".incident")].map(incident => ({
                        id: incident.dataset.alert,
                        time: incident.querySelector("summary time")?.dateTime,
                        headline: incident.querySelector("h3").textContent,
                        held: number(incident.querySelector("summary .held data")),
                        sizes: Object.fromEntries([...incident.querySelectorAll(".facts .piece")].map(
                                piece => [piece.classList[1], number(piece.querySelector("data"))])),
                        lead: incident.querySelector(".lead").textContent,
                        holders: [...incident.querySelectorAll("svg.memory ~ .box")].slice(0, 1).flatMap(
                                box => [...box.querySelectorAll("tbody tr")].filter(row => row.cells[2].textContent).map(
                                        row => [Number(row.cells[2].textContent), number(row.cells[3].querySelector("data"))])),
                        zones: incident.querySelectorAll("svg.zone").length,
                        locations: [...incident.querySelectorAll(".locations li")].map(location => location.textContent),
                        raw: incident.querySelector("pre")?.textContent ?? null,
                })),
                rows: document.querySelectorAll(".rows tbody tr").length,
                title: document.title,
                heading: document.querySelector("h1").textContent,
        };
}

// --- how it is made ---------------------------------------------------------------------------------------------------

function findFaults() {
        const faults = [];
        const expect = (holds, words) => { if (!holds) faults.push(words); };
        const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
        let level = 0;

        expect(document.documentElement.lang === "en", "no language");
        expect(document.title, "no title");
        expect(document.querySelector("meta[name=viewport]"), "no viewport");
        expect(document.querySelector("meta[http-equiv=Content-Security-Policy]")?.content.startsWith("default-src 'none';"), "no policy");
        expect(document.compatMode === "CSS1Compat", "quirks");
        for (const landmark of ["header", "main", "footer"])
                expect(document.querySelectorAll(`body > ${landmark}`).length === 1, `not one ${landmark}`);
        expect(document.querySelectorAll("h1").length === 1, "not one h1");
        expect(new Set(ids).size === ids.length, "an id twice");
        for (const heading of document.querySelectorAll("h1,h2,h3,h4,h5,h6")) {
                const own = Number(heading.tagName[1]);
                expect(own <= level + 1, `${heading.tagName} after H${level}: ${heading.textContent}`);
                level = own;
        }
        for (const link of document.querySelectorAll("a"))
                expect(document.querySelector(link.getAttribute("href")), `a link that leads nowhere: ${link.outerHTML}`);
        for (const table of document.querySelectorAll("table")) {
                expect(table.caption?.textContent, "a table without a caption");
                expect([...table.querySelectorAll("th")].every(cell => cell.scope), "a heading without a scope");
                expect(table.closest(".box"), "a table without a box to scroll in");
        }
        for (const drawing of document.querySelectorAll("svg")) {
                const named = (drawing.getAttribute("aria-labelledby") ?? "").split(" ").map(id => document.getElementById(id)?.tagName);
                expect(drawing.closest("[aria-hidden=true]") || drawing.parentElement.closest("svg") ||
                       (drawing.getAttribute("role") === "img" && named.join() === "title,desc"), "a drawing without words");
        }
        for (const element of document.querySelectorAll("script,img,iframe,object,embed,form,link:not([rel=icon])"))
                faults.push(`an element that may not be here: ${element.outerHTML.slice(0, 80)}`);
        for (const element of document.querySelectorAll("*"))
                for (const attribute of element.attributes)
                        expect(!attribute.name.startsWith("on"), `a handler: ${attribute.name}`);
        return faults;
}

// WCAG 2.2, 1.4.3: 4.5:1, for large text too.
function findFaint() {
        const parse = color => (color.match(/[\d.]+/g) ?? []).map(Number);
        const light = ([r, g, b]) => {
                const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * x + 0.7152 * y + 0.0722 * z;
        };
        const below = element => {
                for (; element; element = element.parentElement) {
                        const color = parse(getComputedStyle(element).backgroundColor);
                        if (color.length === 3 || color[3] === 1)
                                return color;
                }
                throw new Error("nothing behind a text");
        };
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const result = { texts: 0, least: Infinity, faint: [] };

        while (walker.nextNode()) {
                const element = walker.currentNode.parentElement;
                const style = getComputedStyle(element);
                if (!walker.currentNode.data.trim() || element.closest("title,desc,symbol,.unseen") || style.display === "none")
                        continue;
                const text = parse(element.closest("svg") ? style.fill : style.color);
                const [high, low] = [light(text), light(below(element))].sort((a, b) => b - a);
                const ratio = (high + 0.05) / (low + 0.05);
                result.texts++;
                result.least = Math.min(result.least, ratio);
                if (ratio < 4.5)
                        result.faint.push(`${ratio.toFixed(2)}: ${walker.currentNode.data.trim().slice(0, 60)}`);
        }
        return result;
}

// --- by keyboard ------------------------------------------------------------------------------------------------------

// Presses Tab until the focus is where it was at first, and compares with what there is to reach.
async function walk(tab) {
        const wanted = await tab.evaluate(() => {
                const all = [...document.querySelectorAll("a[href],summary,button,input,select,[tabindex='0']")]
                        .filter(element => element.checkVisibility({ contentVisibilityAuto: false, visibilityProperty: true }));
                all.forEach((element, i) => { element.dataset.stop = i; });
                return all.length;
        });
        const reached = new Set(), unseen = new Set();

        await tab.evaluate(() => { document.activeElement?.blur(); });
        for (let i = 0; i < wanted + 3; i++) {
                await tab.keyboard.press("Tab");
                const stop = await tab.evaluate(() => {
                        const element = document.activeElement;
                        const style = getComputedStyle(element);
                        return [element.dataset.stop, style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2];
                });
                if (stop[0] === undefined)
                        continue;
                reached.add(stop[0]);
                if (!stop[1])
                        unseen.add(stop[0]);
        }
        return { wanted, reached: reached.size, without_outline: unseen.size };
}

async function tryKeyboard(browser) {
        const tab = await open(browser, {});
        seen.keyboard.folded = await walk(tab);
        if (await tab.locator(".incident").count() > 0) {
                await tab.locator(".incident > summary").first().focus();
                await tab.keyboard.press("Enter");
                seen.keyboard.opens = await tab.locator(".incident").first().evaluate(incident => incident.open);
                seen.keyboard.opened = await walk(tab);
        }
        await tab.goto(address);
        await tab.keyboard.press("Tab");
        await tab.keyboard.press("Enter");
        seen.keyboard.skips = await tab.evaluate(() => document.activeElement.id);
        await tab.context().close();
}

// --- by eye -----------------------------------------------------------------------------------------------------------

async function look(browser, width, scheme) {
        const tab = await open(browser, { viewport: { width, height: 900 }, colorScheme: scheme });
        const name = path.join(directory, `${width}-${scheme}`);
        const overflow = () => tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

        await tab.screenshot({ path: `${name}.png` });
        const folded = await overflow();
        const incidents = tab.locator(".incident");
        for (let i = 0; i < Math.min(await incidents.count(), 3); i++) {
                await incidents.nth(i).evaluate(incident => { incident.open = true; });
                await incidents.nth(i).screenshot({ path: `${name}-incident-${i + 1}.png` });
        }
        await unfold(tab);
        seen.overflow[`${width}-${scheme}`] = [folded, await overflow()];
        seen.contrast[`${width}-${scheme}`] = await tab.evaluate(findFaint);
        await tab.context().close();
}

async function tryPaper(browser) {
        const tab = await open(browser, { colorScheme: "dark", reducedMotion: "reduce" });
        await tab.emulateMedia({ media: "print", colorScheme: "dark", reducedMotion: "reduce" });
        seen.paper = await tab.evaluate(() => ({
                folded: [...document.querySelectorAll(".incident .lead")].filter(lead => lead.getBoundingClientRect().height === 0).length,
                background: getComputedStyle(document.body).backgroundColor,
                scroll: getComputedStyle(document.documentElement).scrollBehavior,
        }));
        seen.contrast.paper = await tab.evaluate(findFaint);
        await tab.context().close();
}

async function tryWithoutScripts(browser) {
        const tab = await open(browser, { javaScriptEnabled: false });
        const first = tab.locator(".incident").first();
        seen.without_scripts = { heading: await tab.locator("h1").innerText() };
        if (await tab.locator(".incident").count() > 0) {
                await first.locator("summary").first().click();
                seen.without_scripts.lead = await first.locator(".lead").innerText();
        }
        await tab.context().close();
}

async function main() {
        const browser = await chromium.launch({ executablePath: browserPath, args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
        try {
                const started = Date.now();
                const tab = await open(browser, {});
                seen.load_ms = Date.now() - started;
                seen.numbers = await tab.evaluate(readNumbers);
                seen.faults = await tab.evaluate(findFaults);
                await tab.context().close();
                if (directory) {
                        for (const scheme of SCHEMES)
                                for (const width of WIDTHS)
                                        await look(browser, width, scheme);
                        await tryKeyboard(browser);
                        await tryPaper(browser);
                        await tryWithoutScripts(browser);
                }
        } finally {
                await browser.close();
        }
        console.log(JSON.stringify(seen));
}

main().catch(error => {
        console.error(error);
        process.exitCode = 1;
});
