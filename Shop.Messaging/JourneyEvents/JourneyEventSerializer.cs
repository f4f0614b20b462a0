using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Shop.Telemetry.Journeys;

namespace Shop.Messaging.JourneyEvents;

/// <summary>
/// Writes events in the form of <see cref="JourneyEventRecord"/>. An event is written once, on the thread that emits it: the same bytes
/// are queued, published and spilled.
/// </summary>
internal sealed class JourneyEventSerializer
{
    // Sequences start at the time, so that those of a restarted instance are higher as long as it emits less than a million events
    // per second. They stay below 2^53, up to which a JSON number is exact for every reader.
    private const long SequencesPerMillisecond = 1000;

    private static readonly JsonEncodedText _eventId = JsonEncodedText.Encode("eventId");
    private static readonly JsonEncodedText _eventName = JsonEncodedText.Encode("eventName");
    private static readonly JsonEncodedText _schemaVersion = JsonEncodedText.Encode("schemaVersion");
    private static readonly JsonEncodedText _timeUnixMs = JsonEncodedText.Encode("timeUnixMs");
    private static readonly JsonEncodedText _sequenceName = JsonEncodedText.Encode("sequence");
    private static readonly JsonEncodedText _traceId = JsonEncodedText.Encode("traceId");
    private static readonly JsonEncodedText _spanId = JsonEncodedText.Encode("spanId");
    private static readonly JsonEncodedText _resourceName = JsonEncodedText.Encode("resource");
    private static readonly JsonEncodedText _attributes = JsonEncodedText.Encode("attributes");

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json) _writer;

    private readonly TimeProvider _time;
    private readonly byte[] _resource;
    private long _sequence;

    /// <summary>Creates a serializer.</summary>
    /// <param name="serviceName">The <c>service.name</c> of the telemetry.</param>
    /// <param name="instanceId">The <c>service.instance.id</c> of the telemetry.</param>
    /// <param name="time">The clock.</param>
    public JourneyEventSerializer(string serviceName, string instanceId, TimeProvider time)
    {
        _time = time;
        _resource = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>
        {
            ["service.name"] = serviceName,
            ["service.instance.id"] = instanceId,
        });
        _sequence = time.GetUtcNow().ToUnixTimeMilliseconds() * SequencesPerMillisecond;
    }

    /// <summary>Writes an event with the ids of the current span and journey.</summary>
    public byte[] Serialize(string name, int version, DateTimeOffset? at, IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        var (buffer, json) = GetWriter();
        var now = _time.GetUtcNow();
        json.WriteStartObject();
        json.WriteString(_eventId, Guid.CreateVersion7(now));
        json.WriteString(_eventName, name);
        json.WriteNumber(_schemaVersion, version);
        json.WriteNumber(_timeUnixMs, (at ?? now).ToUnixTimeMilliseconds());
        json.WriteNumber(_sequenceName, Interlocked.Increment(ref _sequence));
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } span)
        {
            json.WriteString(_traceId, span.TraceId.ToHexString());
            json.WriteString(_spanId, span.SpanId.ToHexString());
        }

        json.WritePropertyName(_resourceName);
        json.WriteRawValue(_resource, skipInputValidation: true);
        json.WriteStartObject(_attributes);
        for (var index = 0; index < fields.Count; index++)
        {
            Write(json, fields[index].Key, fields[index].Value);
        }

        foreach (var (key, value) in JourneyContext.Current)
        {
            if (!Contains(fields, key))
            {
                Write(json, key, value);
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json) GetWriter()
    {
        if (_writer.Json is null)
        {
            var created = new ArrayBufferWriter<byte>(1024);
            _writer = (created, new Utf8JsonWriter(created));
        }

        _writer.Buffer.ResetWrittenCount();
        _writer.Json.Reset();
        return _writer;
    }

    private static void Write(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                break;
            case string text:
                json.WriteString(name, text);
                break;
            case int number:
                json.WriteNumber(name, number);
                break;
            case long number:
                json.WriteNumber(name, number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(name, number);
                break;
            case bool flag:
                json.WriteBoolean(name, flag);
                break;
            default:
                json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static bool Contains(IReadOnlyList<KeyValuePair<string, object?>> fields, string key)
    {
        for (var index = 0; index < fields.Count; index++)
        {
            if (fields[index].Key == key)
            {
                return true;
            }
        }

        return false;
    }
}
