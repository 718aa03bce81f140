"""The tables of the read model `funds`.

A running balance is not stored: a late entry would rewrite every row after it. It is the sum of `fund_day`
before a page's first day, plus the window over that day and the page itself.
"""

TABLES = """
-- A row stays when its opening is withdrawn: whether there is a fund, `fund_owner` tells.
CREATE TABLE fund (
    fund_id        text   PRIMARY KEY,
    unit_id        text   NOT NULL,            -- whose it is today
    name           text   NOT NULL,
    search         text   NOT NULL,
    restricted_to  text[] NOT NULL,            -- purposes; empty: none of them excluded
    opened_on      date   NOT NULL,
    closed_on      date,
    closed_through date,                       -- the books are closed up to that day
    handed_over_on date,                       -- to today's unit, if it did not open the fund
    cash           bigint NOT NULL DEFAULT 0,  -- balances of today, in đồng
    bank           bigint NOT NULL DEFAULT 0,
    goods          bigint NOT NULL DEFAULT 0,
    last_on        date                        -- the latest day on which anything moved
);
CREATE INDEX fund_unit ON fund (unit_id, fund_id);

-- Whose a fund was from a day on, as known from a position until what said so was withdrawn.
CREATE TABLE fund_owner (
    fund_id      text   NOT NULL,
    since        date   NOT NULL,
    position     bigint NOT NULL,
    unit_id      text   NOT NULL,
    withdrawn_at bigint,
    PRIMARY KEY (fund_id, since, position)
);

-- One row for each pocket that an entry moves: two for CashMoved, up to three for an opening.
CREATE TABLE movement (
    fund_id        text        NOT NULL,
    occurred_on    date        NOT NULL,
    position       bigint      NOT NULL,
    line           smallint    NOT NULL,
    recorded_at    timestamptz NOT NULL,
    event_id       uuid        NOT NULL,
    type           text        NOT NULL,
    kind           text        NOT NULL,       -- type, or the type it reverses
    pocket         text        NOT NULL,
    amount         bigint      NOT NULL,       -- đồng: what comes in is positive, what goes out negative
    late           boolean     NOT NULL,       -- something of a later day had been recorded before it
    party_kind     text,                       -- donor or payee
    party_name     text,                       -- of organisations and collectives only
    party_person   uuid,
    other_fund     text,                       -- of a transfer
    transfer_id    text,
    other_half     uuid,                       -- the event at the other end of a transfer; null: in transit
    purpose        text,
    category       text,
    payment_id     text,
    approval       uuid,                       -- the event that approved the payment
    reversal_of    uuid,
    reversed_by    uuid,
    voucher_unit   text,
    voucher_series text,
    voucher_year   smallint,
    voucher_number integer,
    unit_id        text,                       -- whose record it was on its day, and that unit's level
    level          text,
    actor          uuid,                       -- who recorded it
    approved_by    uuid
);
CREATE INDEX movement_event ON movement (event_id);
CREATE INDEX movement_transfer ON movement (transfer_id, type) WHERE transfer_id IS NOT NULL;

-- The journal: each entry's lines sum to 0. Accounts are those of `workers/accounts.py`.
CREATE TABLE posting (
    fund_id     text   NOT NULL,
    occurred_on date   NOT NULL,
    position    bigint NOT NULL,
    line        smallint NOT NULL,
    recorded_on date   NOT NULL,
    account     text   NOT NULL,
    amount      bigint NOT NULL                -- đồng: debit positive, credit negative
);

-- Sums by day: a balance as of any day, as known on any day, is one range of this index.
CREATE TABLE fund_day (
    fund_id     text   NOT NULL,
    occurred_on date   NOT NULL,
    pocket      text   NOT NULL,
    recorded_on date   NOT NULL,               -- the day in Asia/Ho_Chi_Minh
    amount      bigint NOT NULL,               -- receipts less payments
    receipts    bigint NOT NULL,
    payments    bigint NOT NULL,               -- as a positive sum
    entries     integer NOT NULL,
    PRIMARY KEY (fund_id, occurred_on, pocket, recorded_on) INCLUDE (amount)
);

-- Payments that need a second person: from proposal to decision.
CREATE TABLE payment (
    fund_id     text   NOT NULL,
    payment_id  text   NOT NULL,
    kind        text   NOT NULL,               -- award, expense, transfer
    amount      bigint NOT NULL,
    purpose     text,
    state       text   NOT NULL,               -- proposed, approved, rejected
    proposal    uuid   NOT NULL,               -- the proposal as it last stood
    proposed_on date   NOT NULL,
    decision    uuid,
    decided_on  date,
    proposed_by uuid,                          -- actors
    decided_by  uuid,
    PRIMARY KEY (fund_id, payment_id)
);
CREATE INDEX payment_state ON payment (state, fund_id);
"""

INDEXES = """
ALTER TABLE movement ADD PRIMARY KEY (fund_id, occurred_on, position, line);
CREATE INDEX movement_voucher ON movement (voucher_unit, voucher_series, voucher_year, voucher_number)
    WHERE voucher_number IS NOT NULL;
CREATE INDEX movement_payment ON movement (fund_id, payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX movement_position ON movement (fund_id, position) INCLUDE (pocket, amount, occurred_on);
CREATE INDEX movement_day ON movement (occurred_on, position, line);
ALTER TABLE posting ADD PRIMARY KEY (fund_id, occurred_on, position, line);
"""
"""What a fold does not look anything up by."""
