using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;

namespace Shop.Tests.Support;

/// <summary>A request with spans, in either encoding of OTLP. It is written with another library than the one that reads it.</summary>
internal sealed record OtlpBody(string Service, IReadOnlyList<OtlpSpan> Spans)
{
    public byte[] ToProtobuf() => Message(request => WriteMessage(request, 1, Message(resourceSpans =>
    {
        // The resource last: the order of fields is free.
        WriteMessage(resourceSpans, 2, Message(scopeSpans =>
        {
            foreach (var span in Spans)
            {
                WriteMessage(scopeSpans, 2, span.ToProtobuf());
            }
        }));
        WriteMessage(resourceSpans, 1, Message(resource => WriteAttribute(resource, 1, "service.name", Service)));
    })));

    public byte[] ToJson() => System.Text.Encoding.UTF8.GetBytes(new JsonObject
    {
        ["resourceSpans"] = new JsonArray(new JsonObject
        {
            ["resource"] = new JsonObject { ["attributes"] = new JsonArray(JsonAttribute("service.name", Service)) },
            ["scopeSpans"] = new JsonArray(new JsonObject
            {
                ["spans"] = new JsonArray([.. Spans.Select(span => (JsonNode)span.ToJson())]),
            }),
        }),
    }.ToJsonString());

    internal static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            write(output);
        }

        return bytes.ToArray();
    }

    internal static void WriteMessage(CodedOutputStream output, int field, byte[] message)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(message));
    }

    internal static void WriteAttribute(CodedOutputStream output, int field, string name, object value) =>
        WriteMessage(output, field, Message(attribute =>
        {
            attribute.WriteTag(1, WireFormat.WireType.LengthDelimited);
            attribute.WriteString(name);
            WriteMessage(attribute, 2, Message(any =>
            {
                switch (value)
                {
                    case string text:
                        any.WriteTag(1, WireFormat.WireType.LengthDelimited);
                        any.WriteString(text);
                        break;
                    case bool flag:
                        any.WriteTag(2, WireFormat.WireType.Varint);
                        any.WriteBool(flag);
                        break;
                    case int number:
                        any.WriteTag(3, WireFormat.WireType.Varint);
                        any.WriteInt64(number);
                        break;
                    case double number:
                        any.WriteTag(4, WireFormat.WireType.Fixed64);
                        any.WriteDouble(number);
                        break;
                }
            }));
        }));

    internal static JsonObject JsonAttribute(string name, object value) => new()
    {
        ["key"] = name,
        ["value"] = value switch
        {
            string text => new JsonObject { ["stringValue"] = text },
            bool flag => new JsonObject { ["boolValue"] = flag },
            int number => new JsonObject { ["intValue"] = number.ToString(CultureInfo.InvariantCulture) },
            double number => new JsonObject { ["doubleValue"] = number },
            _ => throw new ArgumentOutOfRangeException(nameof(value)),
        },
    };
}

/// <summary>A span of a request.</summary>
internal sealed record OtlpSpan(string TraceId, string SpanId, DateTimeOffset Start)
{
    public string? ParentId { get; init; }

    public string Name { get; init; } = "GET /";

    public int Kind { get; init; } = 2;

    public TimeSpan Duration { get; init; } = TimeSpan.FromMilliseconds(20);

    public int Status { get; init; }

    public string? ExceptionType { get; init; }

    public IReadOnlyDictionary<string, object> Attributes { get; init; } = new Dictionary<string, object>();

    private ulong StartNanoseconds => (ulong)(Start - DateTimeOffset.UnixEpoch).Ticks * 100;

    private ulong EndNanoseconds => StartNanoseconds + ((ulong)Duration.Ticks * 100);

    /// <summary>Creates a span with random ids.</summary>
    public static OtlpSpan Create(DateTimeOffset? start = null) => new(
        Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N")[..16], start ?? DateTimeOffset.UtcNow);

    public byte[] ToProtobuf() => OtlpBody.Message(span =>
    {
        OtlpBody.WriteMessage(span, 1, Convert.FromHexString(TraceId));
        OtlpBody.WriteMessage(span, 2, Convert.FromHexString(SpanId));
        if (ParentId is not null)
        {
            OtlpBody.WriteMessage(span, 4, Convert.FromHexString(ParentId));
        }

        span.WriteTag(5, WireFormat.WireType.LengthDelimited);
        span.WriteString(Name);
        span.WriteTag(6, WireFormat.WireType.Varint);
        span.WriteEnum(Kind);
        span.WriteTag(7, WireFormat.WireType.Fixed64);
        span.WriteFixed64(StartNanoseconds);
        span.WriteTag(8, WireFormat.WireType.Fixed64);
        span.WriteFixed64(EndNanoseconds);
        foreach (var (name, value) in Attributes)
        {
            OtlpBody.WriteAttribute(span, 9, name, value);
        }

        if (ExceptionType is not null)
        {
            OtlpBody.WriteMessage(span, 11, OtlpBody.Message(spanEvent =>
            {
                spanEvent.WriteTag(2, WireFormat.WireType.LengthDelimited);
                spanEvent.WriteString("exception");
                OtlpBody.WriteAttribute(spanEvent, 3, "exception.type", ExceptionType);
            }));
        }

        // A field that later versions may have.
        span.WriteTag(99, WireFormat.WireType.Fixed32);
        span.WriteFixed32(7);
        OtlpBody.WriteMessage(span, 15, OtlpBody.Message(status =>
        {
            status.WriteTag(3, WireFormat.WireType.Varint);
            status.WriteEnum(Status);
        }));
    });

    public JsonObject ToJson()
    {
        var span = new JsonObject
        {
            ["traceId"] = TraceId.ToUpperInvariant(),
            ["spanId"] = SpanId,
            ["name"] = Name,
            ["kind"] = Kind,
            ["startTimeUnixNano"] = StartNanoseconds.ToString(CultureInfo.InvariantCulture),
            ["endTimeUnixNano"] = EndNanoseconds,
            ["attributes"] = new JsonArray([.. Attributes.Select(item => (JsonNode)OtlpBody.JsonAttribute(item.Key, item.Value))]),
            ["status"] = new JsonObject { ["code"] = Status },
            ["memberOfALaterVersion"] = true,
        };
        if (ParentId is not null)
        {
            span["parentSpanId"] = ParentId;
        }

        if (ExceptionType is not null)
        {
            span["events"] = new JsonArray(new JsonObject
            {
                ["name"] = "exception",
                ["attributes"] = new JsonArray(OtlpBody.JsonAttribute("exception.type", ExceptionType)),
            });
        }

        return span;
    }
}
