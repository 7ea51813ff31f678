// Subscribe to the feed at an address as a program with npm's feedparser does; print title, link and date of each item as JSON.
const { Readable } = require("node:stream");
const FeedParser = require("feedparser");

async function main(address) {
  const answer = await fetch(address);
  const items = [];
  const parser = new FeedParser({ feedurl: address });
  parser.on("data", (item) => items.push([item.title, item.link, item.pubdate]));
  parser.on("end", () => console.log(JSON.stringify(items)));
  Readable.fromWeb(answer.body).pipe(parser);
}

main(process.argv[2]);
