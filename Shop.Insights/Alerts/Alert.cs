using Npgsql;

namespace Shop.Insights.Alerts;

/// <summary>An alert, from pending to resolved.</summary>
internal sealed class Alert
{
    /// <summary>
    /// The columns, in the order in which <see cref="Read"/> expects them. <c>hold</c> is <see cref="AlertLimits.For"/>.
    /// </summary>
    public const string Columns =
        "id, rule, subject, state, severity, summary, explanation, threshold, resolve_below, hold, value, peak, pending_at, fired_at, "
        + "resolved_at, trace_ids";

    /// <summary>The rule of alerts on counts that differ. It is not evaluated in windows.</summary>
    public const string CountMismatch = "count_mismatch";

    /// <summary>The rule of alerts on events without an id. It is not evaluated in windows.</summary>
    public const string MissingIds = "missing_ids";

    /// <summary>The id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The name of the rule.</summary>
    public required string Rule { get; init; }

    /// <summary>The subject of the rule: a pair of routes or patterns; a day; a service, an event and an id.</summary>
    public required string Subject { get; init; }

    /// <summary>The state.</summary>
    public required AlertState State { get; set; }

    /// <summary>The urgency.</summary>
    public required AlertSeverity Severity { get; set; }

    /// <summary>The meaning of the alert.</summary>
    public required string Summary { get; set; }

    /// <summary>The reason why it began, with the figures.</summary>
    public required string Explanation { get; set; }

    /// <summary>The values at which it begins and ends.</summary>
    public required AlertLimits Limits { get; set; }

    /// <summary>The last value.</summary>
    public required double Value { get; set; }

    /// <summary>The highest value.</summary>
    public required double Peak { get; set; }

    /// <summary>When the value was above the threshold for the first time.</summary>
    public required DateTimeOffset PendingAt { get; init; }

    /// <summary>When it fired.</summary>
    public DateTimeOffset? FiredAt { get; set; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? ResolvedAt { get; set; }

    /// <summary>Traces of some of its jumps.</summary>
    public string[] TraceIds { get; set; } = [];

    /// <summary>The state, and since when the alert has it.</summary>
    public AlertStatus Status => new(State, State is AlertState.Pending ? PendingAt : FiredAt ?? PendingAt);

    /// <summary>Sets the last value, and the highest one if it is higher.</summary>
    public void SetValue(double value) => (Value, Peak) = (value, Math.Max(Peak, value));

    /// <summary>Reads a row.</summary>
    public static Alert Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Rule = reader.GetString(1),
        Subject = reader.GetString(2),
        State = Enum.Parse<AlertState>(reader.GetString(3), ignoreCase: true),
        Severity = Enum.Parse<AlertSeverity>(reader.GetString(4), ignoreCase: true),
        Summary = reader.GetString(5),
        Explanation = reader.GetString(6),
        Limits = new(reader.GetDouble(7), reader.GetDouble(8), reader.GetTimeSpan(9)),
        Value = reader.GetDouble(10),
        Peak = reader.GetDouble(11),
        PendingAt = ToTime(reader, 12)!.Value,
        FiredAt = ToTime(reader, 13),
        ResolvedAt = ToTime(reader, 14),
        TraceIds = reader.GetFieldValue<string[]>(15),
    };

    private static DateTimeOffset? ToTime(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : new DateTimeOffset(reader.GetDateTime(column), TimeSpan.Zero);
}
