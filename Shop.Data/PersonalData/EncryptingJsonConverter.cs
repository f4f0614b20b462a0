using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Shop.Telemetry;

namespace Shop.Data.PersonalData;

/// <summary>
/// Encrypts every value of a type marked with <see cref="PersonalDataAttribute"/>, so that it cannot be read in a queue or an error queue:
/// <c>"recipient": { "keyId": "1", "data": "AWF9..." }</c>. Publishers and handlers see the plain value.
/// </summary>
internal sealed class EncryptingJsonConverter(PersonalDataProtector protector) : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsDefined(typeof(PersonalDataAttribute), inherit: false);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(
            typeof(Converter<>).MakeGenericType(typeToConvert), BindingFlags.Instance | BindingFlags.Public, null, [protector], null)!;

    private sealed class Converter<T>(PersonalDataProtector protector) : JsonConverter<T> where T : class
    {
        // The type is authenticated: an encrypted card in the place of a recipient cannot be decrypted.
        private static readonly byte[] _subject = Encoding.UTF8.GetBytes(typeof(T).FullName!);

        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<EncryptedValue>(ref reader, JsonSerializerOptions.Web) is { KeyId: not null, Data: not null } value
                ? JsonSerializer.Deserialize<T>(protector.Unprotect(value, _subject), JsonSerializerOptions.Web)
                : throw new JsonException($"{typeof(T).Name} is not encrypted.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => JsonSerializer.Serialize(
            writer,
            protector.Protect(JsonSerializer.SerializeToUtf8Bytes(value, JsonSerializerOptions.Web), _subject),
            JsonSerializerOptions.Web);
    }
}
