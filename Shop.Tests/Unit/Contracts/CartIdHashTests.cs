using System.Reflection;
using Shop.Contracts.Events;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Contracts;

public class CartIdHashTests
{
    [Fact]
    public void Hash_is_the_same_for_an_id_and_does_not_contain_it()
    {
        var id = Guid.NewGuid().ToString("n");

        Assert.Equal(CartIdHash.FromString(id), CartIdHash.FromString(id));
        Assert.NotEqual(CartIdHash.FromString(id), CartIdHash.FromString(id.ToUpperInvariant()));
        Assert.Matches("^[0-9a-f]{32}$", CartIdHash.FromString(id).ToString());
        Assert.DoesNotContain(id, CartIdHash.FromString(id).ToString(), StringComparison.Ordinal);
        // Another version of a service must compute the same.
        Assert.Equal("bbed732cebfc54085aba40509fe41290", CartIdHash.FromString("c1").ToString());
    }

    [Fact]
    public void Events_have_the_hash_of_a_cart_id_and_never_the_id()
    {
        var properties = EventCatalog.Entries
            .SelectMany(entry => entry.Record.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            .Where(property => property.Name.Contains("Cart", StringComparison.Ordinal))
            .ToList();

        Assert.NotEmpty(properties);
        Assert.All(properties, property => Assert.Equal(typeof(CartIdHash), property.PropertyType));
    }
}
