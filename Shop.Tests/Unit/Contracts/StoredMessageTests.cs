using System.Text.Json;
using Microsoft.Extensions.Options;
using Shop.Contracts;
using Shop.Contracts.Messages;
using Shop.Data.PersonalData;

namespace Shop.Tests.Unit.Contracts;

/// <summary>
/// Messages as earlier versions published them. They may still be in a queue when a new version starts: do not change one, and add the new
/// form of a message beside its old ones.
/// </summary>
public class StoredMessageTests
{
    private const string Lines =
        """[{ "sku": "MUG", "name": "Mug", "quantity": 2, "unitPrice": { "amount": 1500, "currency": "EUR" } }]""";

    private const string Order = """ "orderId": "4a4203f0-3a20-80c7-8979-7e2068842b7e", "cartId": "c1" """;
    private const string Total = """ "total": { "amount": 3000, "currency": "EUR" } """;
    private const string At = "2026-11-26T06:00:00+00:00";

    //#if (template)
    // Encrypted with the key below, for types of these names.
    private const string Customer =
        """
        "recipient": {
          "keyId": "1",
          "data": "AfWFPe7HY5Cd00XlLYUax++xhuiQb0+A+FG42IUlOEEIWt/pljl6sb4qZxYXbnzNViA31rLriYFL9vCL9gXG6jBrZZEmLoW29W+gagdsfPAaD02u7Srz"
        },
        "payment": { "keyId": "1", "data": "AbtswVTxLpkhqK0tAEp3tksRD0+SmPRX4M1n3wk7vntedEQ7urhtSWD/bK8nck3Zdfqy" }
        """;
    ////#else
    //private static string Customer =>
    //    $"""
    //    "recipient": {JsonSerializer.Serialize(_recipient, _options)}, "payment": {JsonSerializer.Serialize(_card, _options)}
    //    """;
    //#endif

    private static readonly Guid _orderId = new("4a4203f0-3a20-80c7-8979-7e2068842b7e");
    private static readonly DateTimeOffset _at = new(2026, 11, 26, 6, 0, 0, TimeSpan.Zero);
    private static readonly OrderLine[] _lines = [new("MUG", "Mug", 2, new Money(1500, "EUR"))];
    private static readonly Money _total = new(3000, "EUR");
    private static readonly Recipient _recipient = new("Ada", "1 Way", "ada@example.org");
    private static readonly PaymentCard _card = new("tok_ok");

    private static readonly JsonSerializerOptions _options = new(JsonSerializerOptions.Web)
    {
        Converters =
        {
            new EncryptingJsonConverter(new PersonalDataProtector(Options.Create(
                new PersonalDataOptions { Keys = { ["1"] = "the-first-secret-of-at-least-32-characters" }, CurrentKey = "1" }))),
        },
    };

    public static TheoryData<string, object> Messages => new()
    {
        // Without a content hash, which later versions add.
        {
            $$"""{ {{Order}}, "lines": {{Lines}}, {{Total}}, {{Customer}}, "submittedAt": "{{At}}" }""",
            new CheckoutSubmitted(_orderId, "c1", _lines, _total, _recipient, _card, _at)
        },
        {
            $$"""{ {{Order}}, "lines": {{Lines}}, {{Total}}, {{Customer}}, "submittedAt": "{{At}}", "contentHash": "v1:a:b" }""",
            new CheckoutSubmitted(_orderId, "c1", _lines, _total, _recipient, _card, _at, "v1:a:b")
        },
        // With the customer, which versions without members do not have.
        {
            $$"""
            {
              {{Order}}, "lines": {{Lines}}, {{Total}}, {{Customer}}, "submittedAt": "{{At}}", "contentHash": "v1:a:b", "customerId": "m1"
            }
            """,
            new CheckoutSubmitted(_orderId, "c1", _lines, _total, _recipient, _card, _at, "v1:a:b", "m1")
        },
        {
            $$"""{ {{Order}}, "lines": {{Lines}}, {{Total}}, "confirmedAt": "{{At}}" }""",
            new OrderConfirmed(_orderId, "c1", _lines, _total, _at)
        },
        {
            $$"""{ {{Order}}, "reason": "out_of_stock", "rejectedAt": "{{At}}" }""",
            new OrderRejected(_orderId, "c1", "out_of_stock", _at)
        },
        {
            $$"""{ {{Order}}, "reason": "changed_mind", "cancelledAt": "{{At}}" }""",
            new OrderCancelled(_orderId, "c1", "changed_mind", _at)
        },
        {
            $$"""{ {{Order}}, {{Total}}, "reason": "damaged", "refundedAt": "{{At}}" }""",
            new OrderRefunded(_orderId, "c1", _total, "damaged", _at)
        },
        {
            """{ "sku": "MUG", "name": "Mug", "price": { "amount": 1500, "currency": "EUR" }, "version": 2 }""",
            new ProductChanged("MUG", "Mug", new Money(1500, "EUR"), 2)
        },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_of_an_earlier_version_is_read_completely(string json, object expected) =>
        Assert.Equivalent(expected, JsonSerializer.Deserialize(json, expected.GetType(), _options), strict: true);

    [Fact]
    public void Every_message_contract_has_a_stored_message()
    {
        var contracts = typeof(CheckoutSubmitted).Assembly.GetExportedTypes()
            .Where(type => type.Namespace == typeof(CheckoutSubmitted).Namespace && type != typeof(OrderLine)).ToList();
        Assert.NotEmpty(contracts);
        Assert.Empty(contracts.Except(Messages.Select(message => ((object[])message)[1].GetType())));
    }

    [Fact]
    public void Checkout_without_a_card_is_read_again()
    {
        var free = new CheckoutSubmitted(_orderId, "c1", _lines, _total, _recipient, null, _at);
        Assert.Equivalent(
            free, JsonSerializer.Deserialize<CheckoutSubmitted>(JsonSerializer.Serialize(free, _options), _options), strict: true);
    }
}
