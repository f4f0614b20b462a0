using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Shop.Contracts;

namespace Shop.Data.PersonalData;

/// <summary>
/// In messages every value of a type that is marked as personal data is sealed, so that it can be read neither in a queue nor in an
/// error queue: <c>"recipient": { "keyId": "1", "data": "AWF9..." }</c>. Publishers and consumers notice nothing of it.
/// </summary>
/// <remarks>Without a cipher nothing of the kind can be sent or read: it must not leave in clear because a service forgot the key.</remarks>
internal sealed class EncryptingJsonConverter(PersonalDataProtector? cipher) : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsDefined(typeof(PersonalDataAttribute), inherit: false);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) => (JsonConverter)Activator.CreateInstance(
        typeof(Converter<>).MakeGenericType(typeToConvert), BindingFlags.Instance | BindingFlags.Public, null, [cipher], null)!;

    private sealed class Converter<T>(PersonalDataProtector? cipher) : JsonConverter<T> where T : class
    {
        // What the value is: a card that is put where a recipient should be is refused rather than read.
        private static readonly byte[] _about = Encoding.UTF8.GetBytes(typeof(T).FullName!);

        private PersonalDataProtector Cipher => cipher ?? throw new NotSupportedException($"{typeof(T).Name} is personal data, and this service has no key for it: AddPersonalData() is missing.");

        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<EncryptedValue>(ref reader, JsonSerializerOptions.Web) is { KeyId: not null, Data: not null } value
                ? JsonSerializer.Deserialize<T>(Cipher.Unprotect(value, _about), JsonSerializerOptions.Web)
                : throw new JsonException($"{typeof(T).Name} is not sealed.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, Cipher.Protect(JsonSerializer.SerializeToUtf8Bytes(value, JsonSerializerOptions.Web), _about), JsonSerializerOptions.Web);
    }
}
