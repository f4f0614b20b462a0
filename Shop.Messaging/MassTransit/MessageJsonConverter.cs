using System.Text.Json;
using System.Text.Json.Serialization;
using Shop.Telemetry;

namespace Shop.Messaging.MassTransit;

/// <summary>Applies the JSON converters of a service to its messages, and rejects personal data that none of them converts.</summary>
/// <remarks>Personal data must not reach the broker in clear text because a service forgot to add the converter that encrypts it.</remarks>
internal sealed class MessageJsonConverter(IReadOnlyList<JsonConverter> converters) : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        converters.Any(converter => converter.CanConvert(typeToConvert))
        || typeToConvert.IsDefined(typeof(PersonalDataAttribute), inherit: false);

    public override JsonConverter? CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        converters.FirstOrDefault(converter => converter.CanConvert(typeToConvert)) switch
        {
            JsonConverterFactory factory => factory.CreateConverter(typeToConvert, options),
            { } converter => converter,
            null => throw new NotSupportedException(
                $"{typeToConvert.Name} is personal data, and no converter encrypts it: call AddPersonalData()."),
        };
}
