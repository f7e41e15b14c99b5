-- One row a journey of the customers and days in the temporary views contact_in_scope and order_in_scope.
-- Parameters: $silence and $after in days, $steps kept of a path.
WITH event AS (
    SELECT customer, day, occurred_at, FALSE AS is_order, touchpoint_id, segment_id, phase_id,
           0 AS n_orders, 0 AS n_with_margin, 0 AS amount_cents, 0 AS margin_cents
    FROM contact_in_scope
    WHERE NOT is_after
    UNION ALL
    SELECT customer, day, NULL, TRUE, touchpoint_id, segment_id, 0, n_orders, n_with_margin, amount_cents, margin_cents
    FROM order_in_scope),
-- An order closes the journey it ends, and so does a silence: what comes next starts another.
marked AS (
    SELECT *, coalesce(lag(is_order) OVER in_order OR day - lag(day) OVER in_order > $silence, TRUE) AS starts,
           lag(touchpoint_id) OVER in_order AS previous
    FROM event
    WINDOW in_order AS (PARTITION BY customer ORDER BY day, is_order, occurred_at, touchpoint_id, phase_id)),
numbered AS (
    SELECT *, sum(CAST(starts AS INTEGER)) OVER so_far AS number, row_number() OVER so_far AS place
    FROM marked
    WINDOW so_far AS (PARTITION BY customer ORDER BY day, is_order, occurred_at, touchpoint_id, phase_id
                      ROWS UNBOUNDED PRECEDING)),
-- (A list in order is made by sorting numbers afterwards: an aggregate that orders its rows takes twice as long.)
before AS (
    SELECT customer, number, min(day) AS first_day, max(day) AS last_day, bool_or(is_order) AS won,
           coalesce(nullif(max(segment_id) FILTER (is_order), 0),
                    arg_max(segment_id, occurred_at) FILTER (NOT is_order AND segment_id > 0), 0) AS segment_id,
           coalesce(max(touchpoint_id) FILTER (is_order), 0) AS touchpoint_id,
           sum(n_orders) AS n_orders, sum(n_with_margin) AS n_with_margin,
           sum(amount_cents) AS amount_cents, sum(margin_cents) AS margin_cents,
           count(*) FILTER (NOT is_order) AS n_contacts,
           coalesce(arg_max(phase_id, (day, occurred_at, touchpoint_id)) FILTER (NOT is_order), 0) AS last_phase_id,
           list(place << 16 | touchpoint_id) FILTER (NOT is_order AND (starts OR touchpoint_id <> previous)) AS placed
    FROM numbered
    GROUP BY customer, number),
-- Contacts of the phases after an order belong to the customer's last order before them.
-- (Not an ASOF join: where few rows are expected DuckDB 2.0.0 runs one as a loop over all pairs.)
later AS (
    SELECT customer, day, occurred_at, touchpoint_id, phase_id, FALSE AS is_order
    FROM contact_in_scope
    WHERE is_after
    UNION ALL
    SELECT customer, day, NULL, 0, 0, TRUE
    FROM order_in_scope),
dated AS (
    SELECT *, max(CASE WHEN is_order THEN day END) OVER (
               PARTITION BY customer ORDER BY day, is_order DESC ROWS UNBOUNDED PRECEDING) AS order_day
    FROM later),
following AS (
    SELECT customer, order_day, day, occurred_at, touchpoint_id, phase_id,
           lag(touchpoint_id) OVER (
               PARTITION BY customer, order_day ORDER BY day, occurred_at, touchpoint_id, phase_id) AS previous
    FROM dated
    WHERE NOT is_order AND day - order_day <= $after),
after AS (
    SELECT customer, order_day, count(*) AS n_after,
           list(touchpoint_id ORDER BY day, occurred_at, touchpoint_id, phase_id)
           FILTER (previous IS NULL OR touchpoint_id <> previous) AS after_path
    FROM following
    GROUP BY customer, order_day),
phase AS (
    SELECT customer, last_day, list_sort(list({'phase_id': phase_id, 'first_day': first_day, 'n': n})) AS phases
    FROM (
        SELECT n.customer, b.last_day, n.phase_id, min(n.day) AS first_day, CAST(count(*) AS UINTEGER) AS n
        FROM numbered n JOIN before b USING (customer, number)
        WHERE NOT n.is_order
        GROUP BY n.customer, b.last_day, n.phase_id
        UNION ALL
        SELECT customer, order_day, phase_id, min(day), CAST(count(*) AS UINTEGER)
        FROM following
        GROUP BY customer, order_day, phase_id)
    GROUP BY customer, last_day),
next_order AS (
    SELECT customer, day, lead(day) OVER (PARTITION BY customer ORDER BY day) AS next_day
    FROM order_in_scope)
SELECT b.customer, b.segment_id, b.first_day, b.last_day,
       CASE WHEN b.won THEN b.last_day ELSE b.last_day + $silence END AS decided_day,
       CASE WHEN b.won THEN least(o.next_day, b.last_day + $after) ELSE b.last_day + $silence END AS until_day,
       b.won, b.touchpoint_id, b.n_orders, b.n_with_margin, b.amount_cents, b.margin_cents,
       b.n_contacts, coalesce(a.n_after, 0) AS n_after, b.last_phase_id,
       coalesce(CAST(list_transform(list_sort(b.placed)[-$steps:], lambda p: p & 65535) AS USMALLINT[]), []) AS path,
       coalesce(a.after_path, [])[:$steps] AS after_path, coalesce(p.phases, []) AS phases
FROM before b
LEFT JOIN next_order o ON b.won AND o.customer = b.customer AND o.day = b.last_day
LEFT JOIN after a ON b.won AND a.customer = b.customer AND a.order_day = b.last_day
LEFT JOIN phase p ON p.customer = b.customer AND p.last_day = b.last_day
ORDER BY b.last_day, b.customer
