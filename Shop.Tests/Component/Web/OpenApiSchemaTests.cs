using System.Text.Json;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

/// <summary>The schemas in the OpenAPI documents of the services.</summary>
public class OpenApiSchemaTests
{
    public static TheoryData<string> Services => [.. InProcessService.NamesWithApi];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Number_is_described_as_a_number_alone(string name)
    {
        using var document = await ReadAsync(name);

        var numbers = Schemas(document.RootElement).Where(schema => Types(schema).Any(type => type is "integer" or "number")).ToList();

        Assert.NotEmpty(numbers);
        Assert.All(numbers, schema =>
        {
            Assert.DoesNotContain("string", Types(schema));
            Assert.False(schema.TryGetProperty("pattern", out _), schema.ToString());
        });
    }

    [Fact]
    public async Task Number_is_described_with_its_limits()
    {
        using var document = await ReadAsync("cart");

        var quantity = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("SetLineRequest")
            .GetProperty("properties").GetProperty("quantity");

        Assert.Equal("integer", quantity.GetProperty("type").GetString());
        Assert.Equal((1, 99), (quantity.GetProperty("minimum").GetInt32(), quantity.GetProperty("maximum").GetInt32()));
    }

    private static async Task<JsonDocument> ReadAsync(string name)
    {
        using var service = InProcessService.Start(name, "Development");
        return JsonDocument.Parse(await service.Client.GetStringAsync("/openapi/v1.json"));
    }

    private static IEnumerable<string?> Types(JsonElement schema) =>
        !schema.TryGetProperty("type", out var type) ? []
        : type.ValueKind is JsonValueKind.Array ? type.EnumerateArray().Select(item => item.GetString())
        : type.ValueKind is JsonValueKind.String ? [type.GetString()] : [];

    // Every object of the document: those without a type are no schemas of a number.
    private static IEnumerable<JsonElement> Schemas(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Schemas(property.Value)).Prepend(element),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Schemas),
        _ => [],
    };
}
