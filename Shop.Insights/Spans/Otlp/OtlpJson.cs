using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Shop.Insights.Spans.Otlp;

/// <summary>
/// Reads the spans of a request in the JSON encoding of OTLP: ids are hexadecimal, and members that are not known are ignored, those with
/// names such as <c>trace_id</c> included. Numbers may be texts and have a fraction or an exponent, as the JSON mapping of protobuf allows.
/// Enumerations are numbers. Their names are accepted too, as the OpenTelemetry Collector does, although OTLP forbids them.
/// </summary>
internal static class OtlpJson
{
    private const string ExceptionEvent = "exception";

    // Half of a pair of surrogates.
    private const string NoUnicode = "The body has a text that is no Unicode.";

    // Attributes of a span are at depth 10, and each list or map of a value adds three or four.
    private static readonly JsonDocumentOptions _options = new() { MaxDepth = 512 };

    // By their numbers.
    private static readonly string[] _kinds =
    [
        "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER",
    ];

    private static readonly string[] _statusCodes = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

    /// <summary>Adds the spans of a request to a batch.</summary>
    /// <exception cref="InvalidDataException">The body is no such request.</exception>
    /// <exception cref="OtlpLimitException">The request has too many spans.</exception>
    public static void Read(ReadOnlyMemory<byte> body, SpanBatch batch)
    {
        try
        {
            // RFC 8259, section 8.1: a parser may ignore a byte order mark.
            var text = body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body;
            using var document = JsonDocument.Parse(text, _options);
            if (document.RootElement.ValueKind is not JsonValueKind.Object)
            {
                throw new InvalidDataException("The body must be an object with the member resourceSpans.");
            }

            var builder = new SpanBuilder();
            foreach (var resource in GetItems(document.RootElement, "resourceSpans"))
            {
                var service = ReadService(resource);
                foreach (var span in GetItems(resource, "scopeSpans").SelectMany(scope => GetItems(scope, "spans")))
                {
                    // A span that is not valid does not take the others with it.
                    if (TryReadSpan(span, builder, out var error))
                    {
                        batch.Add(builder, service);
                    }
                    else
                    {
                        batch.Reject(error);
                    }
                }
            }
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The body is no valid JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}."),
                exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidDataException(NoUnicode, exception);
        }
    }

    private static bool TryReadSpan(JsonElement span, SpanBuilder builder, [NotNullWhen(false)] out string? error)
    {
        try
        {
            builder.Clear();
            ReadSpan(span, builder);
            error = null;
        }
        catch (InvalidDataException exception)
        {
            error = exception.Message;
        }
        catch (InvalidOperationException)
        {
            error = NoUnicode;
        }

        return error is null;
    }

    private static string ReadService(JsonElement resourceSpans)
    {
        if (Find(resourceSpans, "resource", JsonValueKind.Object) is { } resource)
        {
            foreach (var attribute in GetItems(resource, "attributes"))
            {
                if (ReadAttribute(attribute) is (SpanAttributes.ServiceName, { Length: > 0 } name))
                {
                    return SpanBuilder.Limit(name);
                }
            }
        }

        return SpanBatch.UnknownService;
    }

    private static void ReadSpan(JsonElement span, SpanBuilder builder)
    {
        builder.TraceId = ReadText(span, "traceId");
        builder.SpanId = ReadText(span, "spanId");
        builder.ParentId = ReadText(span, "parentSpanId");
        builder.Name = ReadText(span, "name");
        builder.Kind = ReadEnum(span, "kind", _kinds);
        builder.Start = ReadNumber(span, "startTimeUnixNano");
        builder.End = ReadNumber(span, "endTimeUnixNano");
        builder.Status = Find(span, "status", JsonValueKind.Object) is { } status ? ReadEnum(status, "code", _statusCodes) : 0;
        foreach (var attribute in GetItems(span, "attributes"))
        {
            if (ReadAttribute(attribute) is ({ } name, { } value))
            {
                builder.Set(name, value);
            }
        }

        foreach (var spanEvent in GetItems(span, "events"))
        {
            if (ReadText(spanEvent, "name") == ExceptionEvent)
            {
                builder.ExceptionType ??= GetItems(spanEvent, "attributes").Select(ReadAttribute)
                    .FirstOrDefault(attribute => attribute.Name == SpanAttributes.ExceptionType).Value ?? ExceptionEvent;
            }
        }
    }

    private static (string? Name, string? Value) ReadAttribute(JsonElement attribute) =>
        SpanAttributes.Find(ReadText(attribute, "key")) is { } name && Find(attribute, "value", JsonValueKind.Object) is { } value
            ? (name, ReadValue(value))
            : default;

    private static string? ReadValue(JsonElement any)
    {
        foreach (var member in any.EnumerateObject())
        {
            switch (member.Name)
            {
                // NaN and infinity are texts too.
                case "stringValue" or "intValue" or "doubleValue" when member.Value.ValueKind is JsonValueKind.String:
                    return member.Value.GetString();
                case "intValue" or "doubleValue" when member.Value.ValueKind is JsonValueKind.Number:
                    return member.Value.GetRawText();
                case "boolValue" when member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    return member.Value.GetBoolean() ? "true" : "false";
            }
        }

        return null;
    }

    private static string ReadText(JsonElement element, string name) => Find(element, name, JsonValueKind.String)?.GetString() ?? "";

    private static ulong ReadNumber(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null)
        {
            return 0;
        }

        var text = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String => value.GetString(),
            _ => null,
        };
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number is >= 0 and <= ulong.MaxValue
            && decimal.IsInteger(number)
                ? (ulong)number
                : throw new InvalidDataException($"The member {name} must be a whole number.");
    }

    private static long ReadEnum(JsonElement element, string name, string[] names)
    {
        if (!element.TryGetProperty(name, out var value) || value.ValueKind is not JsonValueKind.String)
        {
            return (long)ReadNumber(element, name);
        }

        var text = value.GetString();
        var index = Array.IndexOf(names, text);
        return index >= 0 ? index
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new InvalidDataException($"The member {name} must be a number, or one of {string.Join(", ", names)}.");
    }

    private static IEnumerable<JsonElement> GetItems(JsonElement element, string name)
    {
        foreach (var item in Find(element, name, JsonValueKind.Array)?.EnumerateArray() ?? default)
        {
            yield return item.ValueKind is JsonValueKind.Object
                ? item
                : throw new InvalidDataException($"The items of {name} must be objects.");
        }
    }

    private static JsonElement? Find(JsonElement element, string name, JsonValueKind kind) =>
        !element.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null ? null
        : value.ValueKind == kind ? value
        : throw new InvalidDataException($"The member {name} must be {Describe(kind)}.");

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        _ => "a text",
    };
}
