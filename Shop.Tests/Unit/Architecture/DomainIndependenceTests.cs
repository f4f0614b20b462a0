using System.Reflection;
using System.Text.RegularExpressions;
using Mono.Cecil;

namespace Shop.Tests.Unit.Architecture;

/// <summary>The libraries can be used by an application that is not a shop.</summary>
public partial class DomainIndependenceTests
{
    private static readonly HashSet<string> _words = new(StringComparer.OrdinalIgnoreCase)
    {
        "cart", "carts", "product", "products", "order", "orders", "checkout", "checkouts", "sku", "skus",
    };

    public static TheoryData<string> Libraries => ["Shop.Telemetry", "Shop.Web", "Shop.Messaging", "Shop.Data"];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Identifiers_of_a_library_name_nothing_of_the_shop(string library)
    {
        using var module = ModuleDefinition.ReadModule(Assembly.Load(library).Location);
        AssertNoneNamesTheDomain(GetTypes(module).SelectMany(GetIdentifiers));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Texts_in_a_library_name_nothing_of_the_shop(string library)
    {
        using var module = ModuleDefinition.ReadModule(Assembly.Load(library).Location);
        AssertNoneNamesTheDomain(GetTypes(module).SelectMany(GetTexts));
    }

    [Theory]
    [InlineData("cartId", true)]
    [InlineData("GetProductAsync", true)]
    [InlineData("/api/v1/carts/{id}", true)]
    [InlineData("shop.order.id", true)]
    [InlineData("SKU", true)]
    [InlineData("Production", false)]
    [InlineData("OrderedList", false)]
    [InlineData("shop.request.id", false)]
    public void Words_of_identifiers_and_texts_are_recognized(string text, bool namesTheDomain) =>
        Assert.Equal(namesTheDomain, NamesTheDomain(text));

    private static void AssertNoneNamesTheDomain(IEnumerable<string> names)
    {
        var all = names.Distinct().ToList();
        var found = all.Where(NamesTheDomain).ToList();
        Assert.NotEmpty(all);
        Assert.True(found.Count == 0, string.Join(Environment.NewLine, found));
    }

    // The OpenAPI generator copies doc comments into a type of its own. Doc comments may have examples of a shop.
    private static IEnumerable<TypeDefinition> GetTypes(ModuleDefinition module) =>
        module.GetTypes().Where(type => !type.FullName.StartsWith("Microsoft.AspNetCore.OpenApi.Generated", StringComparison.Ordinal));

    // The name of an override is not the library's own, for example the order of a MatcherPolicy.
    private static IEnumerable<string> GetIdentifiers(TypeDefinition type) =>
    [
        type.FullName,
        .. type.Fields.Select(field => $"{type.Name}.{field.Name}"),
        .. from method in type.Methods
           where !method.IsVirtual || method.IsNewSlot
           select $"{type.Name}.{method.Name}({string.Join(", ", method.Parameters.Select(parameter => parameter.Name))})",
        .. from property in type.Properties
           where property.GetMethod is not { IsVirtual: true, IsNewSlot: false }
           select $"{type.Name}.{property.Name}",
    ];

    private static IEnumerable<string> GetTexts(TypeDefinition type) =>
    [
        .. type.Fields.Select(field => field.Constant).OfType<string>(),
        .. from method in type.Methods
           where method.HasBody
           from instruction in method.Body.Instructions
           where instruction.Operand is string
           select (string)instruction.Operand,
    ];

    private static bool NamesTheDomain(string text) => Word().Matches(text).Any(word => _words.Contains(word.Value));

    // "getCartIDs" has the words get, Cart and IDs.
    [GeneratedRegex("[A-Z]{2,}s?(?![a-z])|[A-Z]?[a-z]+")]
    private static partial Regex Word();
}
