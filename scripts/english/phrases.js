// Phrases that a native speaker would not write, or that are not the field's own terms, and what to write instead. Each has
// examples: test/unit/scripts/english.test.ts holds the patterns to them.

/**
 * @typedef {object} Phrase
 * @property {RegExp} pattern
 * @property {string} instead what to write
 * @property {true} [begins] only where a sentence begins
 * @property {import("./prose.js").Kind[]} [only] kinds of prose that it is looked for in; all unless given
 * @property {number} [allowed] times that it may occur in a file
 * @property {string[]} found examples
 * @property {string[]} fine examples of what is alike and correct
 */

/** Units that really are written as "once a day". */
const TIME = "second|minute|hour|day|night|week|month|year|time|while|moment|few|lot|bit|little|single|row";
/** What there is one of "per command". */
const THINGS =
  "command|box|run|file|start|line|layer|driver|test|folder|image|program|page|key|life|step|request|connection|" +
  "session|process|member|channel|host|user|frame|mount|volume|entry|release|value|message|chunk|block|test file|handler|" +
  "registry|platform|direction|stream|guest|machine|core|notation|flag|field|record|device|row|verb|suite|lab";

/** @type {Phrase[]} */
export const PHRASES = [
  // Sentences turned round.
  {
    pattern:
      /Of (?!course\b|late\b)(?:an?|the|all|its?|one|each|every|several|two|three|no|those|these|that|this|them|what|which|others?|anything|everything|nothing)\b/,
    begins: true,
    instead:
      "begin with the subject: 'A persistent box keeps its layer', not 'Of a persistent box the layer is kept'",
    found: [
      "Of a persistent box the layer is the one that it has.",
      "It runs. Of the others nothing is kept.",
    ],
    fine: ["Of course it does.", "The owner of a box."],
  },
  {
    pattern: /[;:] of (?:an?|the|all|its|one|each|every|several|those|these|what|others?|another)\b[^,;.]*/,
    instead: "begin the clause with its subject",
    found: ["As `tryConnect`; of a box that is just starting, the next one is waited for."],
    fine: ["A list: one of these.", "The name of a box; the id of another."],
  },
  {
    pattern: /What(?:ever)? (?!(?:if|for)\b)[^.?!]*(?:[.!]|$)/,
    begins: true,
    only: ["comment", "message", "title", "paragraph", "cell"],
    instead: "name the thing: 'Options of a commit', 'Fields to change'; or begin with the subject",
    found: [
      "What is to be otherwise.",
      "It is there. What it prints is kept.",
      "What a box is to be: in notations",
    ],
    fine: ["What now?", "It shows what it has.", "What if it fails?"],
  },
  {
    pattern: /of which (?:all|nothing|no|none|only|not|everything)\b/,
    instead: "a clause of its own with the subject first",
    found: ["A request of which all that can be known has been checked."],
    fine: ["Three files, two of which are large."],
  },
  // Words out of use, or of another trade.
  {
    pattern: /\b(?:anew|afresh)\b/i,
    instead: "again; recreate, from scratch",
    found: ["Make the box anew.", "it begins afresh"],
    fine: ["a new box"],
  },
  {
    pattern: /\bso many\b(?! [^.;]*\bthat\b)/,
    instead: "a number of; this many",
    found: ["the last so many lines"],
    fine: ["so many files that it fails"],
  },
  {
    pattern: /\bso much\b(?! (?:as|for|more|less|faster|better)\b)(?! [^.;]*\bthat\b)/,
    instead: "this much, that much",
    found: ["after so much output"],
    fine: ["so much output that it fills"],
  },
  {
    pattern:
      /\bas (?:long|much|many|far|often)\b(?! (?:an?|the) \w+ as\b)(?! (?:\S+ ){0,6}?as\b)(?=[.,;:)]|$| (?:in|on|at|and)\b)(?<!\b(?:twice|half|times|just|this|that) as \w+)/,
    instead: "until then; as much as that, the same amount",
    found: ["it takes its room on the disk as long.", "keeps as much in one piece"],
    fine: ["as long as it runs", "twice as much.", "as much memory as it has."],
  },
  {
    pattern: /\b(?:whoever|whosoever|whomever|anybody else)\b/i,
    instead: "any process that, anyone who; other users",
    found: ["Whoever wants the box waits.", "what anybody else gets"],
    fine: ["who owns it"],
  },
  {
    pattern:
      /\b(?:thereby|herewith|therewith|thereof|therein|hereby|wherein|whereof|whereupon|thereupon|hitherto|lest|withal|whither|thither|whence|thence)\b/i,
    instead: "this …; so that",
    found: ["and thereby ends it"],
    fine: ["there by the door"],
  },
  {
    pattern: /\bshall\b/,
    only: ["comment", "message", "title", "paragraph", "cell"],
    instead: "must, will, should",
    found: ["Nobody shall take it."],
    fine: ["shallow"],
  },
  {
    pattern: /\b(?:mend(?:s|ed|ing)?)\b/i,
    instead: "fix, repair",
    found: ["what was unclear is mended"],
    fine: ["recommended", "amend"],
  },
  {
    pattern: /\bcrews?\b/i,
    instead: "processes, process group",
    found: ["the crew of a VMM"],
    fine: ["screws"],
  },
  {
    pattern: /\b(?:drawers?|storeys?|stor(?:y|ies) (?:above|below))\b/i,
    instead: "folder; layer",
    found: ["in the same drawer", "the second storey"],
    fine: ["a long story"],
  },
  {
    pattern: /\b(?:stand-ins?|standin)\b/i,
    instead: "placeholder, proxy, substitute, replacement",
    found: ["a stand-in for the port"],
    fine: ["stands in the way"],
  },
  { pattern: /\bdoomed\b/i, instead: "to be removed", found: ["layers that are doomed"], fine: [] },
  {
    pattern: /\bbonds?\b/i,
    instead: "connection, lifetime tie",
    found: ["the bond between them"],
    fine: ["bonded"],
  },
  {
    pattern: /\bwish(?:es|ed)?\b/i,
    instead: "request; want, ask for",
    found: ["a wish of the user"],
    fine: [],
  },
  {
    pattern: /\b(?:lend(?:s|ing)?|lent|loans?)\b/i,
    instead: "pass, attach, hand over",
    found: ["lends the terminal to a program"],
    fine: ["blend", "silent"],
  },
  {
    pattern: /(?<!\/)\bjudg(?:es?|ed|ing)\b/i,
    instead: "reference implementation; check, decide, assess",
    found: ["engines that serve as judges", "is judged by"],
    fine: ["in build/judges"],
  },
  {
    pattern: /\b[Vv]isit(?:s|ed|ing)?\b(?! (?:https?:|the (?:page|site)|every|each|all|\ufffc))/,
    instead: "offline session",
    found: ["the visit to the box"],
    fine: ["offline session", "shows every process to VISIT"],
  },
  {
    pattern: /\bnonsense\b|\bmakes? no sense\b/i,
    instead: "malformed, invalid",
    found: ["the agent tells nonsense", "words that make no sense"],
    fine: [],
  },
  // Habits.
  {
    pattern: /\b(?:stands?|stood|standing) still\b/i,
    instead: "pause, be paused; block, stall",
    found: ["its programs stand still"],
    fine: ["still stands"],
  },
  {
    pattern: /\blet(?:s|ting)? (?:\w+ ){1,4}go on\b/i,
    instead: "resume",
    found: ["Let paused boxes go on"],
    fine: ["go on"],
  },
  {
    pattern: /\blet(?:s|ting)? (?:\w+ ){1,4}stand\b/i,
    instead: "leave as is",
    found: ["lets the file stand"],
    fine: ["stand"],
  },
  {
    pattern: /\blet(?:s|ting)? go of\b/i,
    instead: "release, close, drop",
    found: ["lets go of the lock"],
    fine: ["let it go"],
  },
  {
    pattern: /\b(?:hear(?:s|ing)?|heard) of\b/i,
    instead: "be notified of, learn of, receive",
    found: ["a box that hears of it"],
    fine: ["is heard"],
  },
  {
    pattern: /\bfits? no\b/i,
    instead: "does not match any; No such …",
    found: ["x fits no box"],
    fine: ["fits in"],
  },
  {
    pattern:
      /\b(?:is|are|was|were) no (?!longer\b|more\b|doubt\b|need\b|way\b|different\b|such\b|guarantee\b|other\b|point\b|room\b|space\b|reason\b|harm\b|help\b|use\b|one\b|\w+er than\b)(?:\w|\ufffc)+(?<!\bthere (?:is|are|was|were) no \w+)/i,
    instead: "is not a",
    found: ["`x` is no filter of this command", "a path that is no folder"],
    fine: ["is no longer", "there is no box", "is no more than 3"],
  },
  {
    pattern: /\b(?:is|are|was|were|be|been|being|gets?) told\b/i,
    instead: "is notified, receives; is reported",
    found: ["a program that is told to end"],
    fine: ["he told it"],
  },
  {
    pattern: /\b(?:is|are|was|were|be|been) said\b/i,
    instead: "is reported, is printed",
    found: ["that is said on stderr"],
    fine: ["it said so"],
  },
  {
    pattern: /\bspeak(?:s|ing)? of\b/i,
    instead: "mention, refer to",
    found: ["it speaks of fields"],
    fine: ["speaks TLS"],
  },
  {
    pattern: /\b(?:is|are|was|were) born\b|\bcomes? to be there\b/i,
    instead: "starts, is created",
    found: ["a box that is born"],
    fine: [],
  },
  {
    pattern: /\b(?:and|or|of) its like\b|, be it\b/i,
    instead: "and similar; whether",
    found: ["such and its like", "a path, be it a link"],
    fine: ["it's likely"],
  },
  {
    pattern: /\b(?:is|are|comes?|from) (?:a|an utter) stranger(?:'s)?(?=[,.;:)]|$)/i,
    instead: "is untrusted, comes from outside",
    found: ["what comes is a stranger's."],
    fine: [],
  },
  {
    pattern: /\b(?:says?|said) of (?=(?:an?|the|its?|them|those|\ufffc)(?:\W|$))/i,
    instead: "says about",
    found: ["as it says of the file"],
    fine: ["says so"],
  },
  {
    pattern: /\bmay say\b/i,
    instead: "may contain",
    found: ["what a configuration may say"],
    fine: ["may be"],
  },
  {
    pattern: /\b(?:whether|if|that) (?:it|he|she|the \w+|they|a \w+) (?:is|are) well\b/i,
    instead: "is healthy",
    found: ["whether it is well"],
    fine: ["it is well known"],
  },
  { pattern: /\bhas it that\b/i, instead: "says that", found: ["has it that"], fine: [] },
  {
    pattern: /\bas (?:\w+ ){1,4}(?:has|have|had) (?:it|them)\b/i,
    instead: "as in …",
    found: ["as PATH has them", "as the image has it"],
    fine: ["as it has"],
  },
  {
    pattern: /\bthe same (?:holds|goes|of|is true of|counts)\b/i,
    instead: "this also applies to; the same as for",
    found: ["The same holds for volumes.", "The same of a session"],
    fine: ["the same offer", "the same as"],
  },
  {
    pattern: /\b(?:exit codes?: )as\b|\bas of (?:\ufffc|box\b)/i,
    instead: "the same as for",
    found: ["Exit codes: as of `box run`."],
    fine: ["as of version 2"],
  },
  {
    pattern: /\blast one (?:holds|counts)\b/i,
    instead: "the last value wins",
    found: ["of others the last one holds"],
    fine: ["the last one is used"],
  },
  {
    pattern: /\b(?:is|are) to be (?:otherwise|had|so)\b|^(?:how|what) .*\b(?:is|are) to be\b/i,
    instead: "fields to change; 'how to …'",
    found: ["What is to be otherwise", "How a box is to be made"],
    fine: ["it is to be noted"],
  },
  {
    pattern: /\b(?:has|have|had) made of (?:its|the|an?)\b/i,
    instead: "changes relative to",
    found: ["what a box has made of its image"],
    fine: ["made of its parts"],
  },
  {
    pattern: /\btakes? (?:its|their|up its) room\b|\btakes? room\b/i,
    instead: "uses disk space, takes up space",
    found: ["it takes its room on the disk"],
    fine: ["leaves room"],
  },
  {
    pattern: /\bby turns\b/i,
    instead: "alternately, in turn",
    found: ["from and to by turns"],
    fine: ["it turns"],
  },
  {
    pattern: /\bgo(?:es)? without\b/i,
    instead: "has no, omits, does not get",
    found: ["the box goes without"],
    fine: ["without"],
  },
  {
    pattern: /\bin whose (?:place|stead)\b|\bin (?:the |an? )?\w+'s (?:place|stead)\b/i,
    instead: "instead of, in place of",
    found: ["in whose place it stands", "in the template's place"],
    fine: ["in place of the template"],
  },
  {
    pattern: /\bnothing of\b(?! (?:value|interest|use|note)\b)/i,
    instead: "none of, no part of",
    found: ["nothing of the box is left"],
    fine: ["nothing offered"],
  },
  {
    pattern:
      /\b(?<!\b(?:so|say|says|said|see|sees|know|knows|means?|tells?|shows?|finds?|sure|mind|fact|now|not|like|this|notice|notices|assumes?|ensures?|checks?|given|learns?|finding|is|provided|case|expects?|promises?|than|clear|warns?|such) )that there (?:is|are|was|were)\b/i,
    instead: "drop 'that there is': 'every box', 'the longest name'",
    found: ["every process that there is"],
    fine: ["so that there is room", "says that there is none"],
  },
  {
    pattern: /\b(?:way|ways|place|thing|one|all) there (?:is|are|was)\b/i,
    instead: "drop 'there is': 'the only way'",
    found: ["by the one way there is"],
    fine: ["there is a way"],
  },
  {
    pattern:
      /\b(?:(?:where|when|as|once) there (?:is|are) (?:one|any|none|some)|if there (?:is|are) (?:one|any|some))\b(?! (?:of|to|that|more|left|who)\b)/i,
    instead: "if available, if present; otherwise",
    found: ["in a namespace where there is one", "the file if there is one"],
    fine: ["if there is one that fits", "if there is any of them", "undefined if there is none"],
  },
  {
    pattern:
      /\b(?:where|if|when|once|until|whether|unless|before) (?:it|they|that|this|the \w+|an? \w+|its \w+) (?:is|are) (?:not )?there\b(?! (?:is|are|to|at|for|in|already)\b)/i,
    instead: "exists, is present, is available, has arrived",
    found: ["Called when the image is there.", "where it is not there"],
    fine: ["where there is one"],
  },
  {
    pattern: /\bwith what (?:is|was|it|they|has|have|are|had|an?|the)\b/i,
    instead: "'with the … that'",
    found: ["compares it with what is on disk"],
    fine: ["with the file"],
  },
  {
    pattern: /\bbut (?:for|by|of) (?!example\b|instance\b|now\b|the fact\b)/i,
    instead: "except for",
    found: ["no case differs but by a row", "empty but for one file"],
    fine: ["not only by name", "but for now it waits", "but for example"],
  },
  {
    pattern: /\bnone but\b|\bno \w+ but\b/i,
    instead: "only, except",
    found: ["no program but the agent"],
    fine: ["no, but"],
  },
  {
    pattern: /\bas ever\b/i,
    instead: "as usual, as before",
    found: ["configured as ever"],
    fine: ["as every box"],
  },
  {
    pattern: /(?<!\bin )\ba piece\b(?! of\b)/i,
    instead: "each",
    found: ["100 MB a piece"],
    fine: ["a piece of text"],
  },
  {
    pattern: new RegExp(`\\b(?:once|twice|times) (?:a|an) (?!(?:${TIME})\\b)[a-z]+\\b`, "i"),
    instead: "'once per …', 'for each …'",
    found: ["written once a box"],
    fine: ["twice a second"],
  },
  {
    pattern: new RegExp(
      `\\b(?<!\\d[.,])(?:one|two|three|four|five|\\d[\\d,]*)[ -](?!(?:and|as|at|but|by|for|from|has|in|is|of|on|or|so|that|to|when|where|which|with)\\b)[\\w-]+ an? (?:${THINGS})\\b(?! (?:of|that|has|is|from|with|in|at|for|on|which|can)\\b)`,
      "i",
    ),
    instead: "'one … per …', 'for each …'",
    found: ["one file a command", "two processes a box", "Its 3 files a layer are kept."],
    fine: ["one of a box", "two files per box", "1 with a frame", "2. So a program"],
  },
  {
    pattern:
      /(?<=\s)\((?:\d[\d.]*\s?[kmgt]?i?b?|all|none|no limit|unlimited|the image's|\d+(?:ms|s|m|h))\)$/i,
    only: ["message"],
    instead: "(default: …)",
    found: ["memory of the box (1g)", "lines from the end (all)", "program to run (the image's)"],
    fine: ["memory (default: 1g)", "see (2) below", "such as by @reboot in crontab(5)"],
  },
  {
    pattern: /\b\d+ running, \d+ not\b/i,
    instead: "0 running, 0 stopped",
    found: ["0 running, 0 not"],
    fine: [],
  },
  {
    pattern: /\b(?:all|(?:all|any|every) \w+) there (?:is|are)\b/i,
    instead: "all …, every …",
    found: ["cases all there are", "whether every case there is takes part"],
    fine: ["in this case, there is one"],
  },
  {
    pattern: /\bcomes? along\b|\bbrings? (?:\w+ )*along\b/i,
    instead: "is included, includes",
    found: ["so its declarations come along", "a package that brings a Node along"],
    fine: ["along the way"],
  },
  {
    pattern: /\bdo(?:es)? (?:just |exactly )?what (?:the |an? )?\w+ (?:does|do)\b|\bgives the same bytes\b/i,
    instead: "works like; reproducible",
    found: ["It does what the driver does.", "The same checkout gives the same bytes."],
    fine: ["what it does"],
  },
  {
    pattern: /\bof (?:its|their) own\b/i,
    allowed: 3,
    instead: "separate, private, dedicated, its own … (more than three in one file)",
    found: ["a socket of its own"],
    fine: ["its own socket"],
  },
];
