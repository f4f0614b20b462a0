using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.Logs;

namespace Shop.Telemetry.Logging;

/// <summary>
/// Formats a log record as one line of JSON:
/// <code>
/// {"ts":1763836800123,"level":"Information","service":"cart","category":"Shop.Journey","event_type":"cart.line_added","message":"...",
///  "trace_id":"...","span_id":"...","session.id":"...","shop.request.id":"...","values":{"shop.cart.id":"c1"}}
/// </code>
/// Line breaks, control characters and format characters in values are escaped, so a value cannot start another line or field.
/// </summary>
internal sealed class JsonLineFormatter(string service)
{
    private const string TemplateKey = "{OriginalFormat}";

    private static readonly JsonWriterOptions _options = new()
    {
        Encoder = CreateEncoder(),
        SkipValidation = true,
    };

    // A record is formatted on the thread that logs it, so each thread reuses one buffer.
    [ThreadStatic]
    private static Line? _line;

    /// <summary>Formats a record.</summary>
    /// <returns>The UTF-8 bytes of the line with its line end. They are valid until the same thread formats another record.</returns>
    public ReadOnlySpan<byte> Format<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes)
    {
        var line = _line ??= new Line();
        line.Clear();
        WriteLine(line, entry, scopes);
        line.Json.Flush();
        line.Bytes.Write("\n"u8);
        return line.Bytes.WrittenSpan;
    }

    private void WriteLine<TState>(Line line, in LogEntry<TState> entry, IExternalScopeProvider? scopes)
    {
        var json = line.Json;
        json.WriteStartObject();
        json.WriteNumber("ts"u8, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        json.WriteString("level"u8, GetName(entry.LogLevel));
        json.WriteString("service"u8, service);
        json.WriteString("category"u8, entry.Category);
        if (entry.EventId.Name is { } name)
        {
            json.WriteString("event_type"u8, name);
        }

        WriteText(json, "message", entry.Formatter(entry.State, entry.Exception) ?? "");
        WriteContext(json);
        if (entry.Exception is { } exception)
        {
            WriteError(json, exception);
        }

        if (entry.State is IReadOnlyList<KeyValuePair<string, object?>> { Count: > 0 } values)
        {
            json.WritePropertyName("values"u8);
            WriteValues(json, values);
        }

        scopes?.ForEachScope(static (scope, line) => line.AddScope(scope as IReadOnlyList<KeyValuePair<string, object?>>), line);
        if (line.HasScopes)
        {
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    // Letters of all scripts are written as they are, so that the log is readable. Invisible characters and those that change the
    // direction of text are escaped, as control characters are by default.
    private static JavaScriptEncoder CreateEncoder()
    {
        var settings = new TextEncoderSettings(UnicodeRanges.All);
        settings.ForbidCharacters([.. Enumerable.Range(0, char.MaxValue + 1).Select(code => (char)code).Where(IsInvisible)]);
        return JavaScriptEncoder.Create(settings);
    }

    private static bool IsInvisible(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse;

    private static void WriteContext(Utf8JsonWriter json)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            json.WriteString("trace_id"u8, activity.TraceId.ToHexString());
            json.WriteString("span_id"u8, activity.SpanId.ToHexString());
        }

        foreach (var (key, value) in JourneyContext.Current)
        {
            WriteValue(json, key, value);
        }

        if (CurrentLogRecord.SamplingThreshold is { Value: > 0 } threshold)
        {
            json.WriteNumber(SamplingAttributes.AdjustedCount, threshold.AdjustedCount);
        }
    }

    private static void WriteError(Utf8JsonWriter json, Exception exception)
    {
        json.WriteStartObject("error"u8);
        json.WriteString("type"u8, exception.GetType().FullName);
        WriteText(json, "message", exception.Message);
        json.WriteString("stack"u8, ReplaceLoneSurrogates(LogLimits.Truncate(exception.ToString(), LogLimits.MaxStackTraceLength)));
        json.WriteEndObject();
    }

    private static void WriteValues(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        json.WriteStartObject();
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i].Key != TemplateKey)
            {
                WriteValue(json, values[i].Key, values[i].Value);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null: json.WriteNull(name); break;
            case string text: WriteText(json, name, text); break;
            case bool flag: json.WriteBoolean(name, flag); break;
            case int number: json.WriteNumber(name, number); break;
            case long number: json.WriteNumber(name, number); break;
            case double number when double.IsFinite(number): json.WriteNumber(name, number); break;
            case decimal number: json.WriteNumber(name, number); break;
            default: WriteText(json, name, Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""); break;
        }
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text) =>
        json.WriteString(name, ReplaceLoneSurrogates(LogLimits.Truncate(text)));

    // The JSON writer throws for half a surrogate pair. The encoder replaces it, so that the record is not lost.
    private static string ReplaceLoneSurrogates(string text) =>
        Ascii.IsValid(text) ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static string GetName(LogLevel level) => level switch
    {
        LogLevel.Trace => nameof(LogLevel.Trace),
        LogLevel.Debug => nameof(LogLevel.Debug),
        LogLevel.Information => nameof(LogLevel.Information),
        LogLevel.Warning => nameof(LogLevel.Warning),
        LogLevel.Error => nameof(LogLevel.Error),
        LogLevel.Critical => nameof(LogLevel.Critical),
        _ => nameof(LogLevel.None),
    };

    private sealed class Line
    {
        public Line() => Json = new Utf8JsonWriter(Bytes, _options);

        public ArrayBufferWriter<byte> Bytes { get; } = new(1024);

        public Utf8JsonWriter Json { get; }

        public bool HasScopes { get; private set; }

        public void Clear()
        {
            Bytes.ResetWrittenCount();
            Json.Reset();
            HasScopes = false;
        }

        /// <summary>Writes a scope that has named values. Scopes that are only text are left out.</summary>
        public void AddScope(IReadOnlyList<KeyValuePair<string, object?>>? scope)
        {
            if (scope is not { Count: > 0 })
            {
                return;
            }

            if (!HasScopes)
            {
                Json.WriteStartArray("scopes"u8);
            }

            HasScopes = true;
            WriteValues(Json, scope);
        }
    }
}
