using System.Buffers.Binary;

namespace Shop.Insights.Spans.Otlp;

/// <summary>
/// Reads the fields of a message in the encoding of Protocol Buffers, one after the other. Unlike the classes that are generated for a
/// message, it creates no objects: the few bytes of an empty span do not become a hundred, and its reader can stop at a limit.
/// </summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int MaxVarintBytes = 10;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Gets the number of the field.</summary>
    public int Field { get; private set; }

    /// <summary>Gets the value of a numeric field; 0 for any other.</summary>
    public ulong Number { get; private set; }

    /// <summary>Gets the value of a text, of bytes or of a message; empty for any other field.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Reads the next field.</summary>
    /// <returns><see langword="false"/> at the end of the message.</returns>
    /// <exception cref="InvalidDataException">The bytes are no message.</exception>
    public bool Read()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = ReadVarint();
        (Field, Number) = ((int)Math.Min(tag >> 3, int.MaxValue), 0);
        Bytes = default;
        switch (tag & 7)
        {
            case 0:
                Number = ReadVarint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
                break;
            case 2:
                Bytes = Take(ReadVarint());
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
                break;
            default:
                throw new InvalidDataException("The body has a field of an unknown type.");
        }

        return Field > 0 ? true : throw new InvalidDataException("The body has a field without a number.");
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length)
        {
            throw new InvalidDataException("The body ends within a field.");
        }

        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private ulong ReadVarint()
    {
        var value = 0UL;
        for (var i = 0; i < MaxVarintBytes && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7F) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        throw new InvalidDataException("The body has a number that does not end.");
    }
}
