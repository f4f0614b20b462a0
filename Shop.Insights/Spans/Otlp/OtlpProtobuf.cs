using System.Globalization;
using System.Text;

namespace Shop.Insights.Spans.Otlp;

/// <summary>
/// Reads the spans of a request in the binary encoding of OTLP. The numbers are those of the fields in the messages
/// <c>ExportTraceServiceRequest</c>, <c>ResourceSpans</c>, <c>ScopeSpans</c>, <c>Span</c>, <c>KeyValue</c> and <c>AnyValue</c>.
/// </summary>
internal static class OtlpProtobuf
{
    private const string ExceptionEvent = "exception";

    /// <summary>Adds the spans of a request to a batch.</summary>
    /// <exception cref="InvalidDataException">The body is no such request.</exception>
    /// <exception cref="OtlpLimitException">The request has too many spans.</exception>
    public static void Read(ReadOnlySpan<byte> body, SpanBatch batch)
    {
        var builder = new SpanBuilder();
        var request = new ProtobufReader(body);
        while (request.Read())
        {
            if (request.Field == 1)
            {
                ReadResourceSpans(request.Bytes, builder, batch);
            }
        }
    }

    private static void ReadResourceSpans(ReadOnlySpan<byte> message, SpanBuilder builder, SpanBatch batch)
    {
        // The resource may come after its spans.
        var service = SpanBatch.UnknownService;
        var resources = new ProtobufReader(message);
        while (resources.Read())
        {
            if (resources.Field == 1)
            {
                service = ReadService(resources.Bytes) ?? service;
            }
        }

        var scopes = new ProtobufReader(message);
        while (scopes.Read())
        {
            if (scopes.Field == 2)
            {
                var spans = new ProtobufReader(scopes.Bytes);
                while (spans.Read())
                {
                    if (spans.Field == 2)
                    {
                        builder.Clear();
                        ReadSpan(spans.Bytes, builder);
                        batch.Add(builder, service);
                    }
                }
            }
        }
    }

    private static string? ReadService(ReadOnlySpan<byte> message)
    {
        var resource = new ProtobufReader(message);
        while (resource.Read())
        {
            if (resource.Field == 1 && ReadAttribute(resource.Bytes) is (SpanAttributes.ServiceName, { Length: > 0 } name))
            {
                return SpanBuilder.Limit(name);
            }
        }

        return null;
    }

    private static void ReadSpan(ReadOnlySpan<byte> message, SpanBuilder builder)
    {
        var span = new ProtobufReader(message);
        while (span.Read())
        {
            switch (span.Field)
            {
                case 1: builder.TraceId = Convert.ToHexStringLower(Limit(span.Bytes)); break;
                case 2: builder.SpanId = Convert.ToHexStringLower(Limit(span.Bytes)); break;
                case 4: builder.ParentId = Convert.ToHexStringLower(Limit(span.Bytes)); break;
                case 5: builder.Name = ReadText(span.Bytes); break;
                case 6: builder.Kind = (long)span.Number; break;
                case 7: builder.Start = span.Number; break;
                case 8: builder.End = span.Number; break;
                case 9 when ReadAttribute(span.Bytes) is ({ } name, { } value): builder.Set(name, value); break;
                case 11: builder.ExceptionType ??= ReadException(span.Bytes); break;
                case 15: builder.Status = ReadStatus(span.Bytes); break;
            }
        }
    }

    private static string? ReadException(ReadOnlySpan<byte> message)
    {
        var (isException, type) = (false, (string?)null);
        var spanEvent = new ProtobufReader(message);
        while (spanEvent.Read())
        {
            if (spanEvent.Field == 2)
            {
                isException = spanEvent.Bytes.SequenceEqual("exception"u8);
            }
            else if (spanEvent.Field == 3 && ReadAttribute(spanEvent.Bytes) is (SpanAttributes.ExceptionType, { } value))
            {
                type = value;
            }
        }

        return isException ? type ?? ExceptionEvent : null;
    }

    private static long ReadStatus(ReadOnlySpan<byte> message)
    {
        var code = 0L;
        var status = new ProtobufReader(message);
        while (status.Read())
        {
            code = status.Field == 3 ? (long)status.Number : code;
        }

        return code;
    }

    // An attribute that is not read has no name, and one that is no text, number or truth value has no value.
    private static (string? Name, string? Value) ReadAttribute(ReadOnlySpan<byte> message)
    {
        var (name, value) = ((string?)null, (string?)null);
        var attribute = new ProtobufReader(message);
        while (attribute.Read())
        {
            if (attribute.Field == 1)
            {
                name = FindName(attribute.Bytes);
            }
            else if (attribute.Field == 2)
            {
                value = ReadValue(attribute.Bytes);
            }
        }

        return (name, value);
    }

    private static string? FindName(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > SpanAttributes.MaxNameLength)
        {
            return null;
        }

        Span<char> characters = stackalloc char[utf8.Length];
        return SpanAttributes.Find(characters[..Encoding.UTF8.GetChars(utf8, characters)]);
    }

    private static string? ReadValue(ReadOnlySpan<byte> message)
    {
        string? text = null;
        var any = new ProtobufReader(message);
        while (any.Read())
        {
            text = any.Field switch
            {
                1 => ReadText(any.Bytes),
                2 => any.Number == 0 ? "false" : "true",
                3 => ((long)any.Number).ToString(CultureInfo.InvariantCulture),
                4 => BitConverter.UInt64BitsToDouble(any.Number).ToString("R", CultureInfo.InvariantCulture),
                _ => text,
            };
        }

        return text;
    }

    // Longer texts are truncated when they are stored. Bytes that are no UTF-8 become replacement characters.
    private static string ReadText(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 512)]);

    private static ReadOnlySpan<byte> Limit(ReadOnlySpan<byte> id) => id[..Math.Min(id.Length, 17)];
}
