"""Every sentence of a check, by its stable code, in Vietnamese and English.

A code never changes its meaning; wording may. `{why}` is what a format's reader says, in English.
"""

_SENTENCES: dict[str, tuple[str, str]] = {}


def sentences(code: str) -> tuple[str, str]:
    """Vietnamese, English."""
    return _SENTENCES[code]


def all_findings() -> dict[str, tuple[str, str]]:
    return dict(_SENTENCES)


def _finding(code: str, vi: str, en: str) -> str:
    if code in _SENTENCES:
        raise ValueError(f"finding {code} is declared twice")
    _SENTENCES[code] = vi, en
    return code


# What holds

SIGNED = _finding(
    "checkpoint-signed",
    "dấu niêm của {size} sự kiện có chữ ký đúng của {key}",
    "the checkpoint of {size} entries is signed by {key}",
)
TREE_HOLDS = _finding(
    "tree-holds",
    "mọi mảnh băm đúng là của các sự kiện, và gốc của chúng là gốc đã ký",
    "every hash tile is that of its entries, and their root is the signed one",
)
ENTRIES_HOLD = _finding(
    "entries-hold",
    "mọi sự kiện đều đọc được; phiên bản và vị trí liền nhau; thời gian không chạy lùi",
    "every entry can be read; versions are dense, and so are positions; time runs forward",
)
RENAMED = _finding(
    "log-renamed",
    "từ vị trí này sổ mang tên {origin}, trước đó {previous}; {lost} sự kiện đã ký dưới tên cũ bị mất",
    "from here on it is named {origin}, before that {previous}, of which {lost} signed entries were lost",
)
CHECKPOINTS_HOLD = _finding(
    "checkpoints-hold",
    "cả {count} dấu niêm trước đều có chữ ký đúng, và sổ nối tiếp từng dấu",
    "each of {count} earlier checkpoints is signed, and the log extends it",
)
COSIGNED = _finding(
    "cosigned",
    "được {names} ký chứng, trong số {count} nhân chứng; chính sách được thỏa",
    "cosigned by {names}, of {count} witnesses; the policy holds",
)
FIGURES_HOLD = _finding(
    "printed-figures-hold",
    "các số đã in đúng như trong sự kiện",
    "the printed figures are those of the entries",
)
TABLES_HOLD = _finding(
    "tables-hold",
    "{count} bảng số liệu năm, tính lại từ các sự kiện, trùng từng byte",
    "{count} yearly tables, folded anew from the entries, are equal to the byte",
)
PUBLISHED_ROOTS_HOLD = _finding(
    "published-roots-hold",
    "{count} lần công bố thống kê nêu đúng gốc của sổ tại vị trí của mình",
    "{count} published statistics name the log's root at their position",
)
PUBLISHED_HOLD = _finding(
    "published-statistics-hold",
    "{count} bảng đã công bố, tính lại tại vị trí của mình, đúng mã băm đã công bố",
    "{count} published tables, computed anew at their position, have the digest that was published",
)
BOOKS_HOLD = _finding(
    "books-hold",
    "sổ quỹ viết cho {programs}, dựng lại từ các sự kiện, trùng từng byte",
    "the fund books written for {programs}, folded anew from the entries, are equal to the byte",
)
COLUMNS_HOLD = _finding(
    "columns-hold",
    "các cột tính sẵn của {count} sự kiện đúng như khi tính lại từ đầu",
    "the derived columns of {count} events are those derived anew",
)

# What is not checked

FOREIGN = _finding(
    "entries-foreign",
    "các bản ghi không phải của sổ khuyến học: nội dung của chúng không được kiểm tra",
    "the entries are not of this ledger: what they say was not checked",
)
NO_EARLIER = _finding(
    "no-earlier-checkpoint",
    "không có dấu niêm nào trước đó: trước dấu niêm này sổ có thể đã bị viết lại",
    "no earlier checkpoint: the log could have been rewritten before this one",
)
NO_POLICY = _finding(
    "no-policy",
    "không có chính sách: chưa hỏi người khác có thấy cùng một sổ không",
    "no policy was given: whether others see the same log was not asked",
)
NO_FIGURES = _finding("no-printed-figures", "không có tệp {path}", "there is no {path}")
NOT_FOLDED = _finding(
    "tables-not-folded", "các bảng số liệu không được tính lại", "the tables were not folded anew"
)
NO_TABLES = _finding(
    "no-tables", "ở đây không có bảng nào để đối chiếu", "there are no tables here to compare"
)
NO_BOOKS = _finding(
    "no-books", "ở đây không có sổ quỹ để đối chiếu", "there are no fund books here to compare"
)
UNKNOWN_DEFINITIONS = _finding(
    "definitions-unknown",
    "bảng đã công bố dùng định nghĩa mà bản chương trình này không có: {names}",
    "the published table uses definitions that this version does not have: {names}",
)
COLUMNS_NOT_SERVED = _finding(
    "columns-not-served",
    "không đọc được các cột tính sẵn ở đó, nên không đối chiếu",
    "the derived columns cannot be read there, and were not compared",
)
TRUTH = _finding(
    "truth-not-provable",
    "không sổ nào chứng minh được một sự kiện là thật, hay không có việc nào bị bỏ ra ngoài trước khi ghi",
    "that an event is true, and that none was withheld before it was recorded, no log can prove",
)
SEALED = _finding(
    "sealed-not-opened",
    "các trường niêm phong không được mở, và không cần mở",
    "sealed fields were not opened, and are not needed",
)

# What is wrong with the signed tree

NO_CHECKPOINT = _finding("no-checkpoint", "không có dấu niêm nào", "there is no checkpoint")
UNREADABLE_CHECKPOINT = _finding(
    "checkpoint-unreadable", "không đọc được {where}: {why}", "{where} cannot be read: {why}"
)
NOT_SIGNED = _finding(
    "not-signed-by-key",
    "{where} không có chữ ký của {key}; có chữ ký của {there}",
    "{where} is not signed by {key}; signed by {there}",
)
WRONG_SIGNATURE = _finding(
    "signature-wrong", "{where}: chữ ký sai ({why})", "{where}: a signature is wrong ({why})"
)
BUNDLE_MISSING = _finding(
    "entries-missing", "thiếu các sự kiện của {path}", "the entries of {path} are missing"
)
BUNDLE_BROKEN = _finding("bundle-broken", "{path} bị hỏng: {why}", "{path} is broken: {why}")
ENTRY_MISSING = _finding(
    "entry-missing",
    "thiếu sự kiện này và mọi sự kiện sau nó",
    "the entry is missing, and all that follow it",
)
TILE_MISSING = _finding(
    "tile-missing", "{path} thiếu hoặc sai độ dài", "{path} is missing or of the wrong length"
)
NOT_IN_TREE = _finding(
    "entry-not-in-tree",
    "sự kiện không phải là sự kiện có mã băm trong cây",
    "the entry is not the one whose hash is in the tree",
)
UPPER_TILE = _finding(
    "tile-not-of-those-below",
    "{path} không được làm từ các mảnh bên dưới",
    "{path} is not made of the tiles below it",
)
ROOT_DIFFERS = _finding(
    "root-differs",
    "gốc tính được là {computed}, gốc đã ký là {signed}; còn đúng đến vị trí {trusted}",
    "the entries' root is {computed}, signed is {signed}; it held up to position {trusted}",
)
NOT_A_PREFIX = _finding(
    "not-a-prefix",
    "{where}: sổ không bắt đầu bằng {size} sự kiện đó; bị đổi ở đâu đó từ vị trí {first} đến {size}",
    "{where}: the log does not begin with its first {size} entries; changed somewhere from position {first}"
    " to {size}",
)
SHORTER = _finding(
    "log-shorter",
    "{where} có {size} sự kiện, nhưng sổ dừng ở {end}",
    "{where} is of {size} entries, but the log ends at {end}",
)
OTHER_LOG = _finding(
    "other-log",
    "{where} thuộc về sổ khác, {origin}, không phải {due}",
    "{where} is of another log, {origin}, not {due}",
)
OTHER_NAME = _finding(
    "other-name",
    "sổ tự xưng là {own}, dấu niêm ghi {signed}",
    "the log calls itself {own}, its checkpoint {signed}",
)
KEY_NOT_NAMED = _finding(
    "key-not-named",
    "sổ không hề nêu khóa {key}; các khóa được nêu: {named}",
    "the log never names the key {key}; it names {named}",
)
POLICY_OTHER_LOG = _finding(
    "policy-of-other-log", "chính sách nói về một sổ khác", "the policy is about another log"
)
QUORUM = _finding(
    "quorum-not-met",
    "được {names} ký chứng: chưa đủ theo chính sách ({quorum})",
    "cosigned by {names}: not enough for the policy's quorum, {quorum}",
)

# What is wrong with what the entries say

ENTRY_UNREADABLE = _finding(
    "entry-unreadable", "không đọc được sự kiện: {why}", "the entry cannot be read: {why}"
)
DATA_UNREADABLE = _finding(
    "data-unreadable", "không đọc được nội dung sự kiện: {why}", "the entry's data cannot be read: {why}"
)
VERSION_GAP = _finding(
    "version-gap",
    "luồng {stream} nhảy sang phiên bản {version}, lẽ ra là {due}",
    "{stream} goes on with version {version}, not {due}",
)
BACKWARDS = _finding(
    "time-runs-backwards", "được ghi trước sự kiện đứng trước nó", "recorded before the one in front of it"
)
DOES_NOT_FOLLOW = _finding(
    "does-not-follow",
    "không suy ra được từ các sự kiện trước: {why}",
    "does not follow from the events before it: {why}",
)
FILE_DIFFERS = _finding(
    "file-differs",
    "{path} ghi «{theirs}», các sự kiện cho «{ours}»",
    "{path} says «{theirs}», the entries give «{ours}»",
)
TABLE_MISSING = _finding("table-missing", "thiếu {path}", "{path} is missing")
TABLE_UNCALLED = _finding(
    "table-uncalled-for",
    "{path} không phải là bảng mà các sự kiện đòi hỏi",
    "{path} is not a table the entries call for",
)
PUBLISHED_AHEAD = _finding(
    "published-ahead",
    "công bố theo {asked} sự kiện đầu, khi sổ chưa có đến đó",
    "published from the first {asked} events, when the log had not reached them",
)
PUBLISHED_ROOT = _finding(
    "published-root-differs",
    "gốc đã công bố của {asked} sự kiện đầu là {theirs}, tính được {ours}",
    "the root published for the first {asked} events is {theirs}, computed {ours}",
)
PUBLISHED_DIGEST = _finding(
    "published-digest-differs",
    "bảng {unit} năm {year} công bố với mã băm {theirs}, tính lại được {ours}",
    "the table of {unit} for {year} was published with digest {theirs}, computed anew {ours}",
)
PUBLISHED_NO_UNIT = _finding(
    "published-unit-not-there",
    "bảng {unit} năm {year} đã công bố, nhưng đơn vị không có trên địa giới đó",
    "a table of {unit} for {year} was published, but the unit is not on that tree",
)
COLUMN_DIFFERS = _finding(
    "column-differs",
    "cột {column} ghi «{theirs}», tính lại được «{ours}»",
    "the column {column} says «{theirs}», derived anew «{ours}»",
)
